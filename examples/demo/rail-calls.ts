import { generateText, type LanguageModel, streamText } from 'ai';
import type { SettlementEvent } from 'ai-sdk-a2a-settlement';
import type { ReceiptStore, SettlementRecord } from 'ai-sdk-a2a-settlement/stores';
import { otherNames, type OtherAgent, readRecords } from './demo-figures';
import type { Screen } from './screen';

interface Stage {
  screen: Screen;
  receipts: ReceiptStore;
  /** Makes a settled model of an agent that takes the money itself, with or without `verify`. */
  agent: (name: OtherAgent, options?: { accepts?: 'all' | 'nothing' }) => LanguageModel;
  /** Your balance in the agent's currency. */
  balance: (name: OtherAgent) => Promise<string>;
}

/** The calls of agents on the other rails, in order. */
export const railCalls: ((stage: Stage) => Promise<void>)[] = [
  takesDollars,
  isLeft,
  takesCredits,
  isRefused,
];

async function takesDollars(stage: Stage): Promise<void> {
  const { screen } = stage;
  screen.title(
    '7',
    'streamText',
    'an agent that is paid in USDC: you sign, and it takes it when it is done',
  );
  const prompt = screen.you('Scrape example.com');
  const { textStream } = streamText({ model: stage.agent('x402'), prompt });
  for await (const delta of textStream) screen.agentDelta(delta);
  screen.agentEnd();
  await sayWhatBecame(stage, 'x402', 1);
}

async function isLeft(stage: Stage): Promise<void> {
  const { screen } = stage;
  screen.title('8', 'streamText', 'you leave: it has taken nothing, and what you signed will end');
  const prompt = screen.you('Scrape example.com');
  const leaving = new AbortController();
  const { stream } = streamText({
    model: stage.agent('x402'),
    prompt,
    abortSignal: leaving.signal,
  });
  let words = 0;
  for await (const part of stream) {
    if (part.type !== 'text-delta' || leaving.signal.aborted) continue;
    screen.agentDelta(part.text);
    if (++words === 4) leaving.abort();
  }
  screen.agentEnd();
  screen.you('(closes the page)');
  await sayWhatBecame(stage, 'x402', 2);
}

async function takesCredits(stage: Stage): Promise<void> {
  const { screen } = stage;
  screen.title('9', 'generateText', 'an agent that is paid with credits of Nevermined');
  const prompt = screen.you('Roses are red');
  const { text } = await generateText({ model: stage.agent('nevermined'), prompt });
  screen.agent(text);
  await sayWhatBecame(stage, 'nevermined', 1);
}

async function isRefused(stage: Stage): Promise<void> {
  const { screen } = stage;
  screen.title(
    '10',
    'generateText',
    'your own check refuses the answer: too late, the agent has its credits',
  );
  const prompt = screen.you('Violets are blue');
  const model = stage.agent('nevermined', { accepts: 'nothing' });
  const { text } = await generateText({ model, prompt });
  screen.agent(text);
  await sayWhatBecame(stage, 'nevermined', 2);
}

/** Prints that a payment was authorized for the call. No money has moved yet. */
export function sayHeld(
  screen: Screen,
  name: OtherAgent,
  { receipt: { amount, currency } }: SettlementEvent,
): void {
  const how = name === 'x402' ? 'signed for' : 'within your delegation, for';
  screen.money({
    name: 'held',
    tokens: `${amount}`,
    text: `${currency} ${how} the ${otherNames[name]}`,
  });
}

/** Waits until the outcome of the latest hold on the rail is recorded, and prints it. */
async function sayWhatBecame(
  { balance, receipts, screen }: Stage,
  name: OtherAgent,
  holds: number,
): Promise<void> {
  const deadline = Date.now() + 3000;
  let end: SettlementRecord | undefined;
  do {
    await new Promise((resolve) => setTimeout(resolve, 10));
    end = (await readRecords(receipts, name)).filter(({ event }) => event !== 'held')[holds - 1];
  } while (end === undefined && Date.now() < deadline);
  if (end === undefined) return;
  const said = explain(end, otherNames[name]);
  if (said === undefined) return;
  screen.money({ ...said, balance: await balance(name) });
}

function explain(
  { amount, captured = '0', currency, event, proof = [] }: SettlementRecord,
  agent: string,
) {
  const [{ confirmedBy, transaction } = { confirmedBy: 'agent', transaction: '' }] = proof;
  const by = confirmedBy === 'ledger' ? 'its ledger' : 'the agent';
  const seen = `transaction ${transaction.slice(0, 6)}…, says ${by}`;
  switch (event) {
    case 'released':
      return { name: event, tokens: captured, text: `${currency} to the ${agent}: ${seen}` };
    case 'taken':
      return { name: event, tokens: captured, text: `${currency}, all the same: ${seen}` };
    case 'pending':
      return {
        name: event,
        tokens: amount,
        text: `${currency} may be taken for 5 minutes yet, then it is refunded`,
      };
    default:
      return undefined;
  }
}
