import { context, createTraceState, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';
import { generateText } from 'ai';
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { agentCard, agentUrl, result, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';
import { startTokenServer } from './token-server';

expectSilentConsole();

const storage = new AsyncLocalStorage<Context>();
beforeEach(() => {
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, run, self, ...args) =>
      storage.run(active, () => run.call(self as never, ...args)),
    bind: (_, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
});
afterEach(() => context.disable());

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const parent = `00-${traceId}-${spanId}-01`;
const hello = result(say.message('Hello'));
const prompt = 'Hi';

function inSpan<T>(run: () => Promise<T>, ids = { traceId, spanId }): Promise<T> {
  const span = trace.wrapSpanContext({
    ...ids,
    traceFlags: 1,
    traceState: createTraceState('vendor=x'),
  });
  return context.with(trace.setSpan(ROOT_CONTEXT, span), run);
}

const sent = (calls: { headers: Headers }[]) =>
  calls.map(({ headers }) => [headers.get('traceparent'), headers.get('tracestate')]);

test('the trace goes on at the agent, with every request', async () => {
  const { model, calls } = scriptedAgent([
    result(say.task('WORKING')),
    result(say.task('COMPLETED').task),
  ]);
  await inSpan(() => generateText({ model, prompt }));
  expect(calls.map(({ rpc }) => rpc)).toEqual(['agent-card.json', 'SendMessage', 'GetTask']);
  expect(sent(calls)).toEqual(calls.map(() => [parent, 'vendor=x']));
  expect(calls[1]?.headers.get('content-type')).toBe('application/json');
});

test('without a span, or with one that is none, nothing is sent', async () => {
  const { model, calls } = scriptedAgent(hello);
  await generateText({ model, prompt });
  await inSpan(() => generateText({ model, prompt }), { traceId: '0'.repeat(32), spanId });
  context.disable();
  await inSpan(() => generateText({ model, prompt }));
  expect(new Set(sent(calls).flat())).toEqual(new Set([null]));
});

test('a header that the caller sets stays', async () => {
  const { model, requests } = scriptedAgent(hello);
  const headers = { TraceParent: '00-11111111111111111111111111111111-2222222222222222-00' };
  await inSpan(() => generateText({ model, prompt, headers }));
  expect(sent(requests())).toEqual([[headers.TraceParent, null]]);
});

test('it does not go to a token endpoint', async () => {
  const tokens = await startTokenServer();
  const seen: { url: string; headers: Headers }[] = [];
  const { fetch } = scriptedAgent(hello, {
    card: agentCard({}, { securitySchemes: { way: { type: 'http', scheme: 'bearer' } } }),
  });
  const a2a = createA2A({
    auth: { clientCredentials: { clientId: 'me', clientSecret: 's', tokenUrl: `${tokens.url}/t` } },
    fetch: async (input, init) => {
      seen.push({ url: String(input), headers: new Headers(init?.headers) });
      return String(input).startsWith(agentUrl)
        ? fetch(input, init)
        : globalThis.fetch(input, init);
    },
  });
  await inSpan(() => generateText({ model: a2a(agentUrl), prompt }));
  await tokens.close();
  expect(
    seen.map(({ url, headers }) => [new URL(url).origin === agentUrl, headers.has('traceparent')]),
  ).toEqual([
    [true, true],
    [false, false],
    [true, true],
  ]);
});
