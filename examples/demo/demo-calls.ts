import { generateText, type LanguageModel, type ModelMessage, Output, streamText } from 'ai';
import { A2ATaskError } from 'ai-sdk-a2a-settlement';
import type { DemoAgentName } from 'ai-sdk-a2a-settlement/sandbox';
import * as z from 'zod/v4';
import type { MoneyLog } from './money-log';
import type { Screen } from './screen';

interface Stage {
  screen: Screen;
  money: MoneyLog;
  /** Makes a settled model of a sandbox agent, over an exchange that works or one that is down. */
  agent: (name: DemoAgentName, options?: { exchange?: 'working' | 'down' }) => LanguageModel;
}

/** The calls of the demo, in order. */
export const demoCalls: ((stage: Stage) => Promise<void>)[] = [
  delivers,
  streams,
  fails,
  asksBack,
  isLeft,
  isUnpaid,
];

const weather = z.object({ city: z.string(), temperature: z.number(), conditions: z.string() });

async function delivers({ screen, money, agent }: Stage): Promise<void> {
  money.open(1, 'generateText', 'the agent delivers, and is paid', 'data');
  const prompt = screen.you('What is the weather in Lisbon?');

  const result = await generateText({
    model: agent('data'),
    output: Output.object({ schema: weather }),
    prompt,
  });
  screen.agent(inWords(result.output));

  await money.close(result);
}

async function streams({ screen, money, agent }: Stage): Promise<void> {
  money.open(
    2,
    'streamText',
    'the answer arrives word by word, and is paid when complete',
    'streamer',
  );
  const prompt = screen.you('Scrape example.com');

  const startedAt = performance.now();
  const result = streamText({ model: agent('streamer'), prompt });
  let pieces = 0;
  for await (const delta of result.textStream) {
    screen.agentDelta(delta);
    pieces += 1;
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  screen.agentEnd(`(${pieces} pieces in ${seconds} s)`);

  await money.close({
    providerMetadata: await result.providerMetadata,
    warnings: await result.warnings,
  });
}

async function fails({ screen, money, agent }: Stage): Promise<void> {
  money.open(3, 'generateText', 'the agent fails, and you get everything back', 'failing');
  const prompt = screen.you('Scrape the page behind the login');

  try {
    const { text } = await generateText({ model: agent('failing'), prompt });
    screen.agent(text);
  } catch (error) {
    if (!A2ATaskError.isInstance(error)) throw error;
    screen.agent(error.message);
  }

  await money.close();
}

async function asksBack({ screen, money, agent }: Stage): Promise<void> {
  money.open(4, 'generateText', 'the agent asks back: two turns, one hold', 'asker');
  const messages: ModelMessage[] = [
    { role: 'user', content: screen.you('Book a table for tonight') },
  ];
  const question = await generateText({ model: agent('asker'), messages });
  screen.agent(question.text);
  await money.close(question);

  messages.push(...question.response.messages, { role: 'user', content: screen.you('4') });
  const booking = await generateText({ model: agent('asker'), messages });
  screen.agent(booking.text);
  await money.close(booking);
}

async function isLeft({ screen, money, agent }: Stage): Promise<void> {
  money.open(5, 'streamText', 'you leave before the agent is done', 'slow');
  const prompt = screen.you('Compare the prices of ten shops');

  const leaving = new AbortController();
  const { stream } = streamText({ model: agent('slow'), prompt, abortSignal: leaving.signal });
  let steps = 0;
  for await (const part of stream) {
    if (part.type === 'reasoning-delta') {
      screen.agentDelta(`${part.text} `);
      steps += 1;
    }
    if (steps === 2 && !leaving.signal.aborted) {
      leaving.abort();
    }
  }
  screen.agentEnd();
  screen.you('(closes the page)');

  await money.close();
}

async function isUnpaid({ screen, money, agent }: Stage): Promise<void> {
  money.open(
    6,
    'generateText',
    'the exchange is down: the call goes on unpaid, and says so',
    'data',
  );
  const prompt = screen.you('What is the weather in Oslo?');

  const result = await generateText({
    model: agent('data', { exchange: 'down' }),
    output: Output.object({ schema: weather }),
    prompt,
  });
  screen.agent(inWords(result.output));

  await money.close(result);
}

function inWords({ city, temperature, conditions }: z.infer<typeof weather>): string {
  return `${city}: ${temperature} °C, ${conditions}.`;
}
