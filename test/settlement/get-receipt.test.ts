import {
  convertToModelMessages,
  generateText,
  readUIMessageStream,
  RetryError,
  simulateReadableStream,
  streamText,
  toUIMessageStream,
  type ToolSet,
} from 'ai';
import { describe, expect, test } from 'vitest';
import { getReceipt, settlementMessageMetadata, type SettlementUIMessage } from '../../src/index';
import { PaidAgentToolError } from '../../src/tools/paid-agent-tool-error';
import { aSettlement } from './a-settlement';
import { ScriptedAgent, type Turn } from './scripted-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

const refunded = { status: 'refunded', amount: 20, captured: 0, returned: 21 };

function aModel(turn: Turn = {}, options = {}) {
  return aSettlement({ agent: new ScriptedAgent(turn), options });
}

/** What a chat page has of a stream, and the message at its error. */
async function onPage(turn: Turn, options = {}) {
  const { model } = aModel(turn, options);
  const result = streamText({ model, prompt: 'Hi', onError: () => {}, maxRetries: 0 });
  const stream = toUIMessageStream<ToolSet, SettlementUIMessage>({
    stream: result.stream,
    messageMetadata: settlementMessageMetadata,
  });
  const chunks: { type: string }[] = [];
  const seen = stream.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        chunks.push(chunk);
        controller.enqueue(chunk);
      },
    }),
  );
  let message: SettlementUIMessage | undefined;
  let atError: SettlementUIMessage | undefined;
  const onError = () => void (atError ??= structuredClone(message));
  for await (const one of readUIMessageStream<SettlementUIMessage>({ stream: seen, onError })) {
    message = one;
  }
  return { atError, chunks: chunks.map(({ type }) => type), message, result };
}

describe('of a result', () => {
  test('generateText', async () => {
    const result = await generateText({ model: aModel().model, prompt: 'Hi' });
    expect(getReceipt(result)).toEqual(result.providerMetadata?.['settlement']);
    expect(getReceipt(result)).toMatchObject({ status: 'released', captured: 20 });
  });

  test('streamText', async () => {
    const result = streamText({ model: aModel().model, prompt: 'Hi' });
    const providerMetadata = await result.providerMetadata;
    expect(getReceipt({ providerMetadata })).toMatchObject({ status: 'released', captured: 20 });
    expect(getReceipt(await result.finalStep)).toMatchObject({ status: 'released' });
  });

  test.each([undefined, null, 'text', [], {}, { providerMetadata: undefined }, { parts: 1 }])(
    'none in %j',
    (source) => {
      expect(getReceipt(source)).toBeUndefined();
    },
  );
});

describe('of a message', () => {
  test('its metadata, typed', async () => {
    const { message } = await onPage({});
    expect(message?.metadata?.settlement?.status).toBe('released');
    expect(getReceipt(message)).toEqual(message?.metadata?.settlement);
    expect(getReceipt(JSON.parse(JSON.stringify(message)))).toEqual(getReceipt(message));
  });

  test('a part of the application', () => {
    const data = { status: 'kept', amount: 15 };
    const parts = [
      { type: 'text', text: 'Hi' },
      { type: 'data-settlement', data },
    ];
    expect(getReceipt({ id: '1', role: 'assistant', parts })).toEqual(data);
  });

  test('no mark of a kept hold, and no part of another kind', () => {
    const settlement = { hold: {}, seal: '…', elapsedMs: 1 };
    const receipt = { settlement: { status: 'released' } };
    const parts = [
      { type: 'text', text: 'For how many?', providerMetadata: { settlement } },
      { type: 'custom', kind: 'a2a.data', providerMetadata: receipt },
    ];
    expect(getReceipt({ id: '1', role: 'assistant', parts })).toBeUndefined();
    for (const part of [{ type: 'text-end' }, { type: 'custom', kind: 'a2a.data' }]) {
      const given = { part: { ...part, providerMetadata: receipt } };
      expect(settlementMessageMetadata(given)).toBeUndefined();
    }
  });

  test('only what is a receipt', () => {
    const settlement = {
      status: 'released',
      amount: '0.25',
      fee: -1,
      captured: '<b>',
      returned: Number.NaN,
      currency: 7,
      decimals: 1.5,
      durationMs: -1,
      payee: 'payee',
      reason: 'BECAUSE',
      html: '<script>',
      proof: [{ transaction: '0x1', network: 'eip155:1', confirmedBy: 'ledger' }, { network: 1 }],
      earlier: [{ status: 'refunded', reason: 'FREE' }, { status: 'rich' }],
    };
    expect(getReceipt({ parts: [], metadata: { settlement } })).toEqual({
      status: 'released',
      amount: '0.25',
      payee: 'payee',
      proof: [{ transaction: '0x1', network: 'eip155:1', confirmedBy: 'ledger' }],
      earlier: [{ status: 'refunded', reason: 'FREE' }],
    });
    for (const status of ['rich', undefined, 1, ['released']]) {
      expect(getReceipt({ parts: [], metadata: { settlement: { status } } })).toBeUndefined();
    }
  });

  test('how long it took', () => {
    const settlement = { status: 'released', durationMs: 12 };
    expect(getReceipt({ parts: [], metadata: { settlement } })).toEqual(settlement);
    for (const durationMs of ['12', Number.NaN, Number.POSITIVE_INFINITY]) {
      const given = { parts: [], metadata: { settlement: { status: 'released', durationMs } } };
      expect(getReceipt(given)).toEqual({ status: 'released' });
    }
  });

  test('endless earlier receipts end', () => {
    const endless: Record<string, unknown> = { status: 'refunded' };
    endless['earlier'] = [endless];
    const receipt = getReceipt({ parts: [], metadata: { settlement: endless } });
    expect(JSON.stringify(receipt).length).toBeLessThan(200);
  });
});

describe('of an error', () => {
  test('of a failed task', async () => {
    const { model } = aModel({ state: 'failed' });
    const error = await generateText({ model, prompt: 'Hi' }).catch((thrown: unknown) => thrown);
    expect(getReceipt(error)).toMatchObject(refunded);
    expect(JSON.stringify(error)).not.toContain('escrow');
  });

  test('of the last attempt, in a RetryError', async () => {
    const { model } = aSettlement({
      agent: new ScriptedAgent({ state: 'failed' }, { state: 'rejected' }),
    });
    const call = () => generateText({ model, prompt: 'Hi' }).catch((thrown: unknown) => thrown);
    const errors = [await call(), await call()];
    const error = new RetryError({ message: 'Failed', reason: 'maxRetriesExceeded', errors });
    expect(getReceipt(error)).toMatchObject({ ...refunded, escrowId: 'escrow-2' });
  });

  test('of a cause, of a part, and of a tool', async () => {
    const { model } = aModel({ state: 'failed' });
    const cause = await generateText({ model, prompt: 'Hi' }).catch((thrown: unknown) => thrown);
    const outer = new Error('outer', { cause: new Error('inner', { cause }) });
    expect(getReceipt(outer)).toMatchObject(refunded);
    expect(getReceipt({ type: 'error', error: outer })).toMatchObject(refunded);
    const receipt = { status: 'refunded', escrowId: '1' };
    const ofTool = new PaidAgentToolError({ cause: new Error('no'), receipt });
    expect(getReceipt(ofTool)).toEqual(receipt);
  });

  test('never what an agent attached', () => {
    const attached = { settlement: { status: 'released' } };
    const error = Object.assign(new Error('no'), {
      metadata: attached,
      parts: [],
      providerMetadata: attached,
    });
    expect(getReceipt(error)).toBeUndefined();
  });

  test('a circle of causes ends', () => {
    const error = new Error('round');
    error.cause = error;
    expect(getReceipt(error)).toBeUndefined();
  });

  test('an unpaid call', async () => {
    const { model } = aModel({ state: 'failed' }, { enabled: false });
    const error = await generateText({ model, prompt: 'Hi' }).catch((thrown: unknown) => thrown);
    expect(getReceipt(error)).toEqual({ status: 'unsettled', reason: 'DISABLED' });
  });

  test('not the reason of an abort, which calls may share; a frozen error is thrown as it is', async () => {
    const leaving = new AbortController();
    const reason = new Error('left');
    const stopped = aModel({ work: () => leaving.abort(reason), throws: reason });
    await expect(
      generateText({ model: stopped.model, prompt: 'Hi', abortSignal: leaving.signal }),
    ).rejects.toBe(reason);
    expect(getReceipt(reason)).toBeUndefined();

    const throws = Object.freeze(new Error('frozen'));
    const { model } = aModel({ throws });
    await expect(generateText({ model, prompt: 'Hi' })).rejects.toBe(throws);
    expect(getReceipt(throws)).toBeUndefined();
  });
});

describe('of a failed stream', () => {
  test('it is on the page before the error', async () => {
    const { atError, chunks, message } = await onPage({ state: 'failed' });
    expect(getReceipt(atError)).toMatchObject(refunded);
    expect(atError?.metadata?.settlement).toMatchObject(refunded);
    expect(chunks.indexOf('custom')).toBeLessThan(chunks.indexOf('error'));
    expect(getReceipt(message)).toMatchObject(refunded);
  });

  test('also of an unpaid call', async () => {
    const { atError } = await onPage({ state: 'failed' }, { enabled: false });
    expect(getReceipt(atError)).toEqual({ status: 'unsettled', reason: 'DISABLED' });
  });

  test('without metadata, in a part of its own, and the conversation goes on', async () => {
    const agent = new ScriptedAgent({ state: 'failed' }, {});
    const { model } = aSettlement({ agent });
    const result = streamText({ model, prompt: 'Hi', onError: () => {} });
    let message: SettlementUIMessage | undefined;
    const stream = toUIMessageStream<ToolSet, SettlementUIMessage>({ stream: result.stream });
    for await (const one of readUIMessageStream<SettlementUIMessage>({ stream })) message = one;
    expect(message?.metadata).toBeUndefined();
    expect(getReceipt(message)).toMatchObject(refunded);

    const again = {
      id: '2',
      role: 'user' as const,
      parts: [{ type: 'text' as const, text: 'Hi' }],
    };
    const messages = await convertToModelMessages(message === undefined ? [] : [message, again]);
    const next = await generateText({ model, messages });
    expect(getReceipt(next)).toMatchObject({ status: 'released' });
  });

  test('a model that goes on after its error keeps the order of its parts', async () => {
    const error = new Error('one word is lost');
    const { agent, model } = aModel();
    agent.doStream = async () => ({
      stream: simulateReadableStream({
        chunks: [
          { type: 'stream-start', warnings: [] },
          { type: 'error', error },
          { type: 'text-start', id: '1' },
          { type: 'text-delta', id: '1', delta: 'Hi' },
        ],
      }),
    });
    const types: string[] = [];
    const { stream } = streamText({ model, prompt: 'Hi', onError: () => {} });
    for await (const { type } of stream) types.push(type);
    expect(types.indexOf('error')).toBeLessThan(types.indexOf('text-start'));
    expect(types).not.toContain('custom');
    expect(getReceipt(error)).toMatchObject(refunded);
  });
});
