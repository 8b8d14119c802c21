import { describe, expect, it } from 'vitest';
import { nevermined } from '../../../src/rails/nevermined';
import { readAccessToken } from '../../../src/rails/nevermined/schemas';
import { BrokenStream } from '../../../src/sandbox/nevermined-agent/wire-types';
import {
  agentId,
  agentOfNevermined,
  agentUrl,
  backendUrl,
  endsWith,
  steps,
} from './agent-of-nevermined';

// What was seen of the real server, version 1.11.0. The numbers are those of the reference.

type Json = Record<string, unknown>;
type Agent = Awaited<ReturnType<typeof agentOfNevermined>>;
const status = 'x402.payment.status';

/** What is there below a value, if anything. */
function at(value: unknown, ...path: Array<string | number>): unknown {
  return path.reduce<unknown>((below, step) => Object(below)[step], value);
}

async function call(
  { fetch }: Agent,
  method: string,
  params: Json,
  headers: Record<string, string> = {},
) {
  const response = await fetch(agentUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 7, method, params }),
  });
  const text = await response.text();
  const isStream = response.headers.get('content-type') === 'text/event-stream';
  const frames: Json[] = isStream
    ? text
        .split('\n\n')
        .filter(Boolean)
        .map((frame) => JSON.parse(frame.slice('data: '.length)))
    : [];
  return {
    status: response.status,
    headers: response.headers,
    json: (isStream ? {} : JSON.parse(text)) as Json,
    frames,
  };
}

const message = (metadata?: Json): Json => ({
  message: {
    kind: 'message',
    messageId: 'm',
    role: 'user',
    parts: [{ kind: 'text', text: 'Hi' }],
    metadata,
  },
});

async function credentials({ buyer, fetch, planId }: Agent, version: 2 | 3 = 2) {
  const rail = nevermined({
    apiKey: buyer.apiKey,
    backendUrl,
    fetch,
    tokenVersion: version,
    delegation: { spendingLimitCents: 1000, durationSecs: 3600, currency: 'usdc' },
  });
  const { accessToken } = await rail.accessToken({ planId, agentId, resourceUrl: agentUrl });
  return {
    header: { 'payment-signature': accessToken },
    inBand: {
      [status]: 'payment-submitted',
      'x402.payment.payload': readAccessToken(accessToken)?.wire,
    },
  };
}

describe('unpaid', () => {
  it('1: asks in band, with HTTP 200, and begins nothing', async () => {
    const agent = await agentOfNevermined();
    const { status: code, json } = await call(agent, 'message/send', message());
    expect(code).toBe(200);
    expect(at(json, 'result', 'status')).toMatchObject({
      state: 'input-required',
      message: {
        metadata: {
          [status]: 'payment-required',
          'x402.payment.required': {
            x402Version: 2,
            accepts: [{ scheme: 'nvm:erc4337', planId: agent.planId, extra: { agentId } }],
          },
        },
      },
    });
    expect(agent.balance()).toBe(100);
    const stream = await call(agent, 'message/stream', message());
    expect(stream.frames.map((frame) => at(frame, 'result', 'status', 'state'))).toEqual([
      'input-required',
    ]);
  });

  it('2: asks by a header where its card has no a2a-x402, and says nothing of JSON-RPC', async () => {
    const agent = await agentOfNevermined({ isInBand: false });
    const { status: code, headers, json } = await call(agent, 'tasks/get', { id: 'x' });
    expect({ code, json }).toEqual({
      code: 402,
      json: { error: { code: -32001, message: 'Missing payment-signature header.' } },
    });
    const header = Buffer.from(headers.get('payment-required') ?? '', 'base64').toString();
    expect(JSON.parse(header)).toMatchObject({ accepts: [{ planId: agent.planId }] });
  });

  it('2: refuses a bad credential without saying what it asks for', async () => {
    const agent = await agentOfNevermined();
    const bad = await call(agent, 'message/send', message(), { 'payment-signature': 'bad' });
    expect(bad.status).toBe(402);
    expect(bad.headers.has('payment-required')).toBe(false);
    const bearer = await call(agent, 'message/send', message(), { authorization: 'Bearer bad' });
    expect(at(bearer.json, 'result', 'status', 'state')).toBe('input-required');
  });

  it('13: with several plans names none, and takes no token', async () => {
    const agent = await agentOfNevermined({ plans: 2 });
    const { json } = await call(agent, 'message/send', message());
    const required = at(json, 'result', 'status', 'message', 'metadata', 'x402.payment.required');
    expect(at(required, 'accepts', 0, 'planId')).toBe('');
    const { header } = await credentials(agent);
    expect((await call(agent, 'message/send', message(), header)).status).toBe(402);
  });
});

describe('paid', () => {
  it('a send has its receipt, or with a header a transaction', async () => {
    const agent = await agentOfNevermined();
    const { header, inBand } = await credentials(agent);
    const byHeader = await call(agent, 'message/send', message(), header);
    expect(at(byHeader.json, 'result', 'metadata')).toEqual({
      creditsUsed: 5,
      creditsCharged: 5,
      txHash: expect.stringMatching(/^0x/),
    });
    expect(at(byHeader.json, 'result', 'status', 'message')).toBeUndefined();
    const { json } = await call(agent, 'message/send', message(inBand));
    expect(at(json, 'result', 'status', 'message', 'metadata')).toMatchObject({
      [status]: 'payment-completed',
      'x402.payment.receipts': [{ success: true, creditsRedeemed: '5' }],
    });
    expect(agent.balance()).toBe(90);
  });

  it('3: a stream ends before it is settled; only in band, and only later, there is a receipt', async () => {
    const agent = await agentOfNevermined();
    const { header, inBand } = await credentials(agent);
    for (const way of ['header', 'in band'] as const) {
      const paid = way === 'header' ? [message(), header] : [message(inBand), {}];
      const { frames } = await call(
        agent,
        'message/stream',
        ...(paid as [Json, Record<string, string>]),
      );
      const last = at(frames.at(-1), 'result');
      expect(last).toMatchObject({ final: true, metadata: { creditsUsed: 5 } });
      expect(JSON.stringify(last)).not.toContain('x402');
      const { json } = await call(
        agent,
        'tasks/get',
        { id: at(frames[0], 'result', 'id') },
        header,
      );
      const metadata = at(json, 'result', 'status', 'message', 'metadata');
      expect(at(metadata, status)).toBe(way === 'header' ? undefined : 'payment-completed');
    }
  });

  it('4: an error in a stream has no id', async () => {
    const agent = await agentOfNevermined({
      work: async function* () {
        yield { step: 'text', text: 'He' };
        throw new BrokenStream('boom');
      },
    });
    const { header } = await credentials(agent);
    const { frames } = await call(agent, 'message/stream', message(), header);
    expect(frames.at(-1)).toEqual({ jsonrpc: '2.0', error: { code: -32603, message: 'boom' } });
  });

  it('5: whoever leaves pays all the same', async () => {
    const gate = Promise.withResolvers<undefined>();
    const agent = await agentOfNevermined({
      work: async function* () {
        yield { step: 'text', text: 'He' };
        await gate.promise;
        yield { step: 'end', state: 'completed', metadata: { creditsUsed: 5 } };
      },
    });
    const { header } = await credentials(agent);
    const response = await agent.fetch(agentUrl, {
      method: 'POST',
      headers: header,
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'message/stream', params: message() }),
    });
    await response.body?.cancel();
    gate.resolve(undefined);
    await expect.poll(() => agent.balance()).toBe(95);
  });

  it('6: a cancel is confirmed, and paid', async () => {
    const gate = Promise.withResolvers<undefined>();
    const agent = await agentOfNevermined({
      work: async function* () {
        yield { step: 'working', text: 'On it' };
        await gate.promise;
        yield { step: 'end', state: 'completed', metadata: { creditsUsed: 5 } };
      },
    });
    const { header } = await credentials(agent);
    const response = await agent.fetch(agentUrl, {
      method: 'POST',
      headers: header,
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'message/stream', params: message() }),
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const first = JSON.parse((await reader?.read())?.value?.slice('data: '.length) ?? '');
    const canceled = await call(agent, 'tasks/cancel', { id: at(first, 'result', 'id') }, header);
    expect(at(canceled.json, 'result', 'status', 'state')).toBe('canceled');
    gate.resolve(undefined);
    await expect.poll(() => agent.balance()).toBe(95);
  });

  it('7: a settlement that says no leaves a completed task whose payment failed', async () => {
    const agent = await agentOfNevermined({
      intercept: async ({ url }) =>
        url.endsWith('/settle')
          ? Response.json({ success: false, errorReason: 'no', transaction: '', network: 'x' })
          : undefined,
    });
    const { inBand } = await credentials(agent);
    const { json } = await call(agent, 'message/send', message(inBand));
    expect(at(json, 'result')).toMatchObject({
      artifacts: [{ parts: [{ text: 'Hello' }] }],
      status: { state: 'completed', message: { metadata: { [status]: 'payment-failed' } } },
    });
  });

  it('a settlement that breaks drops the content in band, and gives it away with a header', async () => {
    const agent = await agentOfNevermined({
      intercept: async ({ url }) =>
        url.endsWith('/settle') ? Response.json({ message: 'boom' }, { status: 500 }) : undefined,
    });
    const { header, inBand } = await credentials(agent);
    const { json } = await call(agent, 'message/send', message(inBand));
    expect(at(json, 'result')).toMatchObject({ artifacts: [], status: { state: 'failed' } });
    const free = await call(agent, 'message/send', message(), header);
    expect(at(free.json, 'result')).toMatchObject({
      artifacts: [{}],
      status: { state: 'completed' },
      metadata: { creditsUsed: 5 },
    });
  });

  it('8: a failed task with credits is charged', async () => {
    const agent = await agentOfNevermined({ work: endsWith(4, 'failed') });
    const { header } = await credentials(agent);
    const { json } = await call(agent, 'message/send', message(), header);
    expect(at(json, 'result')).toMatchObject({
      status: { state: 'failed' },
      metadata: { creditsUsed: 4 },
    });
    expect(agent.balance()).toBe(96);
  });

  it('9: what breaks in a stream is told of another task, and costs nothing', async () => {
    const agent = await agentOfNevermined({
      work: async function* () {
        yield { step: 'text', text: 'He' };
        throw new Error('no more');
      },
    });
    const { header } = await credentials(agent);
    const { frames } = await call(agent, 'message/stream', message(), header);
    expect(at(frames.at(-1), 'result')).toMatchObject({ status: { state: 'failed' }, final: true });
    expect(at(frames.at(-1), 'result', 'taskId')).not.toBe(at(frames[0], 'result', 'id'));
    expect(agent.balance()).toBe(100);
  });

  it('10: an answer without a task, and an end without a status, cost nothing', async () => {
    for (const work of [
      steps({ step: 'message', text: 'Hello' }),
      steps({ step: 'task', state: 'completed' }),
      endsWith(undefined),
    ]) {
      const agent = await agentOfNevermined({ work });
      const { inBand } = await credentials(agent);
      const { json } = await call(agent, 'message/send', message(inBand));
      expect(JSON.stringify(at(json, 'result', 'status') ?? {})).not.toContain('x402');
      expect(agent.balance()).toBe(100);
    }
  });

  it('11: a batch is verified and never settled', async () => {
    const agent = await agentOfNevermined({ payment: { useBatch: true } });
    const { inBand } = await credentials(agent);
    const { json } = await call(agent, 'message/send', message(inBand));
    expect(at(json, 'result', 'status', 'message', 'metadata')).toEqual({
      [status]: 'payment-verified',
      'x402.payment.settlement': 'deferred',
    });
    expect(agent.balance()).toBe(100);
  });

  it.each([
    [3, 97],
    ['4', 96],
    [0, 100],
    [0.5, 100],
    [77, 23],
  ])('12: takes %j credits, whatever the card says', async (used, left) => {
    const agent = await agentOfNevermined({ work: endsWith(used) });
    const { header } = await credentials(agent);
    const { json } = await call(agent, 'message/send', message(), header);
    expect(at(json, 'result', 'status', 'state')).toBe('completed');
    expect(agent.balance()).toBe(left);
  });

  it('14: the credential is in the history, for whoever knows the task', async () => {
    const agent = await agentOfNevermined();
    const { inBand } = await credentials(agent, 3);
    const { frames } = await call(agent, 'message/stream', message(inBand));
    const [first] = frames;
    expect(at(first, 'result', 'history', 0, 'metadata')).toEqual(inBand);
    const { json } = await call(agent, 'tasks/get', { id: at(first, 'result', 'id') });
    expect(at(json, 'result', 'history', 0, 'metadata')).toEqual(inBand);
  });

  it('the same message twice is paid twice', async () => {
    const agent = await agentOfNevermined();
    const { header } = await credentials(agent);
    await call(agent, 'message/send', message(), header);
    await call(agent, 'message/send', message(), header);
    expect(agent.balance()).toBe(90);
  });

  it('protocol 1.0 is verified, and then not understood', async () => {
    const agent = await agentOfNevermined();
    const { header } = await credentials(agent);
    const { json } = await call(agent, 'SendMessage', message(), header);
    expect(at(json, 'error', 'code')).toBe(-32601);
    expect(agent.balance()).toBe(100);
  });
});
