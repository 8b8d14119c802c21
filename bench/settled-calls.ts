/**
 * A settled call over loopback, against the same requests written by hand: hold, send, release; and the time
 * to the first token of a stream, against hold and first event by hand.
 */
import { generateText, streamText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, exchangeRail } from './subject';
import { figure, times } from './figure';
import { inTurn, median, ratio, timeOf } from './in-turn';
import { startServer } from './start-server';

const runs = Number(process.env['RUNS'] ?? 300);
const { agentUrl, apiKey, close, exchangeUrl, payee } = await startServer();
const price = 10;
let requests = 0;
const counting: typeof fetch = (input, init) => {
  requests++;
  return fetch(input, init);
};

const { middleware } = createSettlement({
  rail: exchangeRail({ exchangeUrl, apiKey, fetch: counting }),
  agents: { [agentUrl]: { accountId: payee, price } },
});
const model = wrapLanguageModel({ model: createA2A({ fetch: counting })(agentUrl), middleware });

async function post(url: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response;
}

async function onExchange(path: string, body: object): Promise<Record<string, unknown>> {
  const response = await post(`${exchangeUrl}/v1/exchange/${path}`, body, {
    authorization: `Bearer ${apiKey}`,
    'idempotency-key': crypto.randomUUID(),
  });
  return response.json() as Promise<Record<string, unknown>>;
}

async function holdByHand(): Promise<string> {
  const { escrow_id: escrowId } = await onExchange('escrow', {
    provider_id: payee,
    amount: price,
    task_id: crypto.randomUUID(),
    ttl_minutes: 60,
  });
  return String(escrowId);
}

function sendByHand(method: string, escrowId: string): Promise<Response> {
  const message = {
    messageId: crypto.randomUUID(),
    role: 'ROLE_USER',
    parts: [{ text: 'Go' }],
    metadata: { 'a2a-se': { escrowId, amount: price, exchangeUrl } },
  };
  const body = { jsonrpc: '2.0', id: crypto.randomUUID(), method, params: { message } };
  return post(agentUrl, body, { 'a2a-version': '1.0' });
}

async function releaseByHand(escrowId: string): Promise<void> {
  const { status } = await onExchange('release', { escrow_id: escrowId });
  if (status !== 'released') throw new Error(String(status));
}

async function callByHand(): Promise<void> {
  const escrowId = await holdByHand();
  const answer = await sendByHand('SendMessage', escrowId);
  const { result } = (await answer.json()) as { result: { task?: object } };
  if (result.task === undefined) throw new Error('no task');
  await releaseByHand(escrowId);
}

async function callSettled(): Promise<void> {
  const { providerMetadata } = await generateText({ model, prompt: 'Go' });
  const { status } = providerMetadata?.['settlement'] ?? {};
  if (status !== 'released') throw new Error(String(status));
}

/** Milliseconds from the call to the first text; what follows is read, but does not count. */
async function firstTokenByHand(): Promise<number> {
  const begun = performance.now();
  const escrowId = await holdByHand();
  const { body } = await sendByHand('SendStreamingMessage', escrowId);
  if (body === null) throw new Error('no body');
  let text = '';
  let first: number | undefined;
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const frame = text.split('\n\n').find((one) => one.includes('artifactUpdate'));
    if (frame === undefined) continue;
    JSON.parse(frame.slice('data: '.length));
    first ??= performance.now() - begun;
  }
  await releaseByHand(escrowId);
  return first ?? Number.NaN;
}

async function firstTokenSettled(): Promise<number> {
  const begun = performance.now();
  const { textStream, providerMetadata } = streamText({ model, prompt: 'Go' });
  let first: number | undefined;
  for await (const text of textStream) {
    if (text !== '') first ??= performance.now() - begun;
  }
  const { status } = (await providerMetadata)?.['settlement'] ?? {};
  if (status !== 'released') throw new Error(String(status));
  return first ?? Number.NaN;
}

const options = { runs, warmup: 100 };
const calls = await inTurn(
  { byHand: () => timeOf(callByHand), settled: () => timeOf(callSettled) },
  options,
);
requests = 0;
await callSettled();
const requestsOfOne = requests;
const tokens = await inTurn({ byHand: firstTokenByHand, settled: firstTokenSettled }, options);
close();

figure({
  what: 'requests of a settled `generateText`, warm',
  measured: String(requestsOfOne),
  target: '3',
});
for (const [what, { byHand, settled }] of [
  ['a settled `generateText`, warm, against hold + send + release by hand', calls],
  ['time to the first token of a settled `streamText`, against hold + first event by hand', tokens],
] as const) {
  figure({
    what,
    measured: `${times(ratio(settled, byHand))} (${median(settled).toFixed(2)} ms / ${median(byHand).toFixed(2)} ms)`,
    target: '≤ 1.15',
  });
}
