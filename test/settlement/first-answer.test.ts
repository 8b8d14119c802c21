import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import {
  convertArrayToReadableStream,
  convertReadableStreamToArray,
} from '@ai-sdk/provider-utils/test';
import { describe, expect, it, test } from 'vitest';
import { firstOfStream } from '../../src/settlement/settle/first-answer';

type Part = LanguageModelV4StreamPart;

const usage = { inputTokens: {}, outputTokens: {} } as Extract<Part, { type: 'finish' }>['usage'];
const metadataIn = (state: string) => ({
  a2a: { state, taskId: 'task-1', contextId: 'talk', metadata: { asks: 1 } },
});
const start: Part = { type: 'stream-start', warnings: [] };
const thoughts: Part[] = [
  { type: 'reasoning-start', id: 'r', providerMetadata: metadataIn('working') },
  { type: 'reasoning-delta', id: 'r', delta: 'Thinking' },
  { type: 'reasoning-end', id: 'r' },
];
const text = (state: string, delta = 'Hi'): Part[] => [
  { type: 'text-start', id: state, providerMetadata: metadataIn(state) },
  { type: 'text-delta', id: state, delta },
  { type: 'text-end', id: state },
];
const finish = (raw: string): Part => ({
  type: 'finish',
  finishReason: { unified: raw === 'completed' ? 'stop' : 'other', raw },
  usage,
  providerMetadata: metadataIn(raw),
});

const read = async (stream: ReadableStream<Part>, maxBytes = 100_000) =>
  firstOfStream(Promise.resolve({ stream }), { maxBytes });

describe('an agent that asks', () => {
  it.each<[string, Part[]]>([
    ['at once', [start, finish('input-required')]],
    ['in words', [start, ...text('input-required', 'Pay me'), finish('input-required')]],
    ['after it thought', [start, ...thoughts, ...text('auth-required'), finish('input-required')]],
    ['with an empty text', [start, ...text('working', ''), finish('input-required')]],
  ])('%s', async (_, parts) => {
    const { answer, result } = await read(convertArrayToReadableStream(parts));
    expect(answer).toEqual({
      state: 'input-required',
      taskId: 'task-1',
      contextId: 'talk',
      metadata: { asks: 1 },
    });
    expect(await convertReadableStreamToArray(result().stream)).toEqual(parts);
  });

  it('in a task that it failed', async () => {
    const error = Object.assign(new Error('no'), { state: 'failed' });
    const parts: Part[] = [start, { type: 'error', error }, finish('failed')];
    const { answer } = await read(convertArrayToReadableStream(parts));
    expect(answer).toMatchObject({ state: 'failed', metadata: { asks: 1 } });
  });
});

describe('an agent that asks for nothing', () => {
  it.each<[string, Part[]]>([
    ['works', [start, ...thoughts, ...text('working'), finish('completed')]],
    ['works, and asks then', [start, ...text('working'), finish('input-required')]],
    ['has nothing to say', [start, finish('completed')]],
    ['is cut off', [start, ...thoughts]],
  ])('%s: nothing of its answer is lost', async (_, parts) => {
    const { answer, result } = await read(convertArrayToReadableStream(parts));
    expect(answer).toBeUndefined();
    expect(await convertReadableStreamToArray(result().stream)).toEqual(parts);
  });

  it('is handed on while it works, and left with its reader', async () => {
    let reason: unknown;
    const stream = new ReadableStream<Part>({
      start(controller) {
        for (const part of [start, ...text('working')]) controller.enqueue(part);
      },
      cancel(why) {
        reason = why;
      },
    });
    const { answer, result } = await read(stream);
    expect(answer).toBeUndefined();
    const reader = result().stream.getReader();
    expect((await reader.read()).value).toEqual(start);
    await reader.cancel('left');
    expect(reason).toBe('left');
  });
});

test('thoughts without an end are not kept without an end', async () => {
  const begin: Part = { type: 'reasoning-start', id: 'r' };
  const thought: Part = { type: 'reasoning-delta', id: 'r', delta: 'Thinking' };
  const stream = new ReadableStream<Part>({
    start: (controller) => controller.enqueue(begin),
    pull: (controller) => controller.enqueue(thought),
  });
  const { answer, result } = await read(stream, 10_000);
  expect(answer).toBeUndefined();
  expect((await result().stream.getReader().read()).value).toEqual(begin);
});

test('what is no word of the agent is thrown', async () => {
  const broken = firstOfStream(Promise.reject(new Error('broken')), { maxBytes: 10 });
  await expect(broken).rejects.toThrow('broken');
});
