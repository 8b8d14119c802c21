import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { convertReadableStreamToArray } from '@ai-sdk/provider-utils/test';
import { expect, test, vi } from 'vitest';
import { drainStream, type StreamEnd } from '../../src/settlement/settle/drain-stream';

const usage = {
  inputTokens: { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: undefined, reasoning: undefined },
};
const start: LanguageModelV4StreamPart = { type: 'stream-start', warnings: [] };
const delta: LanguageModelV4StreamPart = { type: 'text-delta', id: '1', delta: 'x' };
const finish: LanguageModelV4StreamPart = {
  type: 'finish',
  usage,
  finishReason: { unified: 'stop', raw: 'completed' },
  providerMetadata: { a2a: { state: 'completed' } },
};
const receipt = { status: 'released', escrowId: 'e1' } as const;

function drain(
  source: ReadableStream<LanguageModelV4StreamPart>,
  settled: Promise<void> = Promise.resolve(),
) {
  const ends: StreamEnd[] = [];
  const stream = drainStream(source, {
    abortSignal: undefined,
    graceMs: 0,
    maxBytes: 2 ** 22,
    notRead: () => new Error('not read'),
    readerUntil: Number.POSITIVE_INFINITY,
    mark: async (metadata) => metadata,
    warnings: [{ type: 'other', message: 'careful' }],
    settle: async (end) => {
      ends.push(end);
      await settled;
      return receipt;
    },
    waitUntil: undefined,
  });
  return { ends, stream };
}

function source(
  parts: LanguageModelV4StreamPart[],
  end: 'close' | 'error' | 'open' = 'close',
): ReadableStream<LanguageModelV4StreamPart> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      if (end === 'close') controller.close();
    },
    pull(controller) {
      if (end === 'error') controller.error(new Error('cut'));
    },
  });
}

test('parts pass as they are; finish carries the receipt, stream-start the warnings', async () => {
  const { stream, ends } = drain(source([start, delta, finish]));
  expect(await convertReadableStreamToArray(stream)).toEqual([
    { type: 'stream-start', warnings: [{ type: 'other', message: 'careful' }] },
    delta,
    { ...finish, providerMetadata: { a2a: { state: 'completed' }, settlement: receipt } },
  ]);
  expect(ends).toEqual([{ type: 'finished', finish }]);
});

test('text is not kept waiting for the settlement', async () => {
  const { promise, resolve: settle } = Promise.withResolvers<void>();
  const { stream } = drain(source([start, delta, finish]), promise);
  const reader = stream.getReader();
  await reader.read();
  expect(await reader.read()).toEqual({ done: false, value: delta });
  settle();
  expect((await reader.read()).value).toMatchObject({ type: 'finish' });
});

test('an error part makes it a failure, whatever finish says', async () => {
  const error = new Error('no');
  const { stream, ends } = drain(source([start, { type: 'error', error }, finish]));
  await convertReadableStreamToArray(stream);
  expect(ends).toEqual([{ type: 'failed', error, finish }]);
});

test('a stream that closes without finish is cut', async () => {
  const { stream, ends } = drain(source([start, delta]));
  await convertReadableStreamToArray(stream);
  expect(ends).toEqual([{ type: 'cut' }]);
});

test('a stream that breaks settles first, then breaks for the reader, too', async () => {
  const { stream, ends } = drain(source([start], 'error'));
  await expect(convertReadableStreamToArray(stream)).rejects.toThrow('cut');
  expect(ends).toMatchObject([{ type: 'failed', error: { message: 'cut' } }]);
});

test('a source that stays open after finish settles at finish', async () => {
  const { stream, ends } = drain(source([start, finish], 'open'));
  expect(await convertReadableStreamToArray(stream)).toHaveLength(2);
  expect(ends).toHaveLength(1);
});

test.each(['never reads', 'cancels at once', 'cancels later'])(
  'a consumer that %s changes nothing, and the source is not canceled',
  async (consumer) => {
    const canceled = vi.fn();
    let control: ReadableStreamDefaultController<LanguageModelV4StreamPart> | undefined;
    const { stream, ends } = drain(
      new ReadableStream({
        start(controller) {
          control = controller;
          controller.enqueue(start);
        },
        cancel: canceled,
      }),
    );
    if (consumer === 'cancels at once') await stream.cancel();
    if (consumer === 'cancels later') {
      const reader = stream.getReader();
      await reader.read();
      await reader.cancel();
    }
    for (let i = 0; i < 1000; i++) control?.enqueue(delta);
    expect(ends).toEqual([]);
    control?.enqueue(finish);
    control?.close();
    await vi.waitFor(() => expect(ends).toHaveLength(1));
    expect(ends).toEqual([{ type: 'finished', finish }]);
    expect(canceled).not.toHaveBeenCalled();
  },
);
