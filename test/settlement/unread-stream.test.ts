import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { wrapLanguageModel } from 'ai';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSettlement, SettlementError, type SettlementOptions } from '../../src/index';
import { sizeOfPart } from '../../src/settlement/settle/stream-parts';
import { drainStream, type StreamEnd } from '../../src/settlement/settle/drain-stream';
import { FakeRail } from './fake-rail';
import { promptAfter } from './scripted-agent';

const prompt = promptAfter();
const minute = 60_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => void vi.useRealTimers());

/** Lets everything happen that needs no time. */
const rest = async () => {
  for (let round = 0; round < 3; round++) await new Promise(setImmediate);
};

const deltaOf = (text: string): LanguageModelV4StreamPart => ({
  type: 'text-delta',
  id: '1',
  delta: text,
});
const finish: LanguageModelV4StreamPart = {
  type: 'finish',
  usage: {
    inputTokens: { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: 1, text: undefined, reasoning: undefined },
  },
  finishReason: { unified: 'stop', raw: 'completed' },
  providerMetadata: { a2a: { taskId: 'task-1', state: 'completed' } },
};
const receipt = { status: 'released' } as const;

/** Gives a part only when it is asked for one, and counts what was taken. */
class Source {
  readonly taken: LanguageModelV4StreamPart[] = [];
  readonly canceled: unknown[] = [];
  readonly stream: ReadableStream<LanguageModelV4StreamPart>;
  private readonly queue: (LanguageModelV4StreamPart | 'close' | Error)[] = [];
  private arrive = () => {};

  constructor(...parts: (LanguageModelV4StreamPart | 'close')[]) {
    this.queue.push(...parts);
    this.stream = new ReadableStream(
      {
        pull: async (controller) => {
          while (this.queue.length === 0) {
            await new Promise<void>((resolve) => (this.arrive = resolve));
            if (this.canceled.length > 0) return;
          }
          const next = this.queue.shift();
          if (next === undefined) return;
          if (next === 'close') controller.close();
          else if (next instanceof Error) controller.error(next);
          else {
            this.taken.push(next);
            controller.enqueue(next);
          }
        },
        cancel: (reason) => {
          this.canceled.push(reason);
          this.arrive();
        },
      },
      { highWaterMark: 0 },
    );
  }

  send(...parts: (LanguageModelV4StreamPart | 'close' | Error)[]): void {
    this.queue.push(...parts);
    this.arrive();
  }

  get left(): number {
    return this.queue.length;
  }
}

/** A settled call of a model that answers with this. */
async function call(source: Source, options: SettlementOptions = {}, ttlMinutes = 60) {
  const rail = new FakeRail();
  rail.lifetimeMs = ttlMinutes * minute;
  const model = {
    specificationVersion: 'v4',
    provider: 'a2a',
    modelId: 'agent',
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error('not asked for')),
    doStream: async () => ({ stream: source.stream }),
  } satisfies LanguageModelV4;
  const settlement = createSettlement({
    rail,
    agents: { agent: { accountId: 'payee' } },
    ...options,
  });
  const wrapped = wrapLanguageModel({ model, middleware: settlement.middleware });
  const { stream } = await wrapped.doStream({ prompt });
  await rest();
  return { rail, stream };
}

const megabyte = 2 ** 20;
/** So many parts of about a megabyte each: a character takes two bytes. */
const megabytes = (count: number) =>
  Array.from({ length: count }, (_, index) => deltaOf(`${index}`.padEnd(megabyte / 2)));

/** Short, for comparing what is long. */
const namesOf = (parts: LanguageModelV4StreamPart[]) =>
  parts.map((part) => (part.type === 'text-delta' ? part.delta.trimEnd() : part.type));

async function readAll(stream: ReadableStream<LanguageModelV4StreamPart>) {
  const parts: LanguageModelV4StreamPart[] = [];
  let error: unknown;
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
    }
  } catch (thrown) {
    error = thrown;
  }
  return { parts, error };
}

describe('a stream that nobody reads', () => {
  test('keeps four megabytes, and then waits for its reader', async () => {
    const source = new Source(...megabytes(100), finish, 'close');
    const { rail } = await call(source);
    expect(source.taken.length).toBeGreaterThanOrEqual(4);
    expect(source.taken.length).toBeLessThanOrEqual(5);
    expect(rail.asked).toEqual(['hold']);
    await vi.advanceTimersByTimeAsync(54 * minute);
    expect(source.taken.length).toBeLessThanOrEqual(5);
  });

  test('keeps as much as is wished for', async () => {
    const source = new Source(...megabytes(100), finish, 'close');
    await call(source, { buffer: { maxBytes: 10 * megabyte } });
    expect(source.taken).toHaveLength(10);
  });

  test('is settled at once where all of it fits', async () => {
    const { rail } = await call(new Source(...megabytes(3), finish, 'close'));
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });

  test('loses nothing when its reader comes back', async () => {
    const sent = megabytes(100);
    const source = new Source(...sent, finish, 'close');
    const { rail, stream } = await call(source);
    await vi.advanceTimersByTimeAsync(54 * minute);
    const { error, parts } = await readAll(stream);
    expect(error).toBeUndefined();
    expect(namesOf(parts)).toEqual([...namesOf(sent), 'finish']);
    expect(parts.at(-1)).toMatchObject({
      type: 'finish',
      providerMetadata: { settlement: { status: 'released' } },
    });
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });

  test('is read on without its reader before the hold lapses, who gets an error', async () => {
    const source = new Source(...megabytes(100), finish, 'close');
    const { rail, stream } = await call(source);
    await vi.advanceTimersByTimeAsync(55 * minute);
    expect(source.left).toBeLessThanOrEqual(1);
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
    const { error, parts } = await readAll(stream);
    expect(namesOf(parts)).toEqual([]);
    expect(SettlementError.isInstance(error) && error.code).toBe('NOT_READ');
    expect(error).toMatchObject({ message: expect.stringContaining('agent') });
  });

  test('is judged by all that came, although nobody read it', async () => {
    const seen: number[] = [];
    const verify = ({ text }: { text: string }) => {
      seen.push(text.length);
      return false;
    };
    const source = new Source(...megabytes(10), finish, 'close');
    const { rail } = await call(source, { verify });
    await vi.advanceTimersByTimeAsync(55 * minute);
    expect(seen).toEqual([5 * megabyte]);
    expect(rail.asked).toEqual(['hold', 'refund escrow-1 verification-failed']);
  });

  test.each([
    [2, 1],
    [4, 2],
    [20, 15],
  ])('under a hold of %i minutes waits %i for its reader', async (ttlMinutes, minutes) => {
    const source = new Source(...megabytes(10), finish, 'close');
    const { rail } = await call(source, {}, ttlMinutes);
    await vi.advanceTimersByTimeAsync(minutes * minute - 1000);
    expect(rail.asked).toEqual(['hold']);
    await vi.advanceTimersByTimeAsync(1000);
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });

  test('waits no longer than it is told to', async () => {
    const source = new Source(...megabytes(10), finish, 'close');
    const { rail } = await call(source, { buffer: { maxWaitMs: 2000 } });
    await vi.advanceTimersByTimeAsync(1999);
    expect(rail.asked).toEqual(['hold']);
    await vi.advanceTimersByTimeAsync(1);
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });

  test('a reader who is slow, but comes, is waited for anew each time', async () => {
    const sent = megabytes(12);
    const source = new Source(...sent, finish, 'close');
    const { stream } = await call(source, { buffer: { maxWaitMs: 2000 } });
    const reader = stream.getReader();
    const parts: unknown[] = [];
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      await vi.advanceTimersByTimeAsync(1900);
    }
    expect(parts).toHaveLength(13);
  });

  test('of which nobody will read more keeps nothing, and is settled', async () => {
    const source = new Source(...megabytes(100), finish, 'close');
    const { rail, stream } = await call(source);
    expect(source.taken.length).toBeLessThan(10);
    await stream.cancel();
    await rest();
    expect(source.taken).toHaveLength(101);
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });

  test('without a hold is left to wait, and canceled with its reader', async () => {
    const source = new Source(...megabytes(100), finish, 'close');
    const { rail, stream } = await call(source, { enabled: false });
    expect(source.taken.length).toBeLessThanOrEqual(2);
    await vi.advanceTimersByTimeAsync(600 * minute);
    expect(source.taken.length).toBeLessThanOrEqual(2);
    const reader = stream.getReader();
    expect((await reader.read()).value).toMatchObject({ type: 'text-delta' });
    await reader.cancel('enough');
    await rest();
    expect(source.canceled).toEqual(['enough']);
    expect(rail.asked).toEqual([]);
  });
});

test('a stream without a hold ends with its finish, even where its source stays open', async () => {
  const { stream } = await call(new Source(...megabytes(1), finish), { enabled: false });
  const { error, parts } = await readAll(stream);
  expect([parts.map(({ type }) => type), error]).toEqual([['text-delta', 'finish'], undefined]);
  expect(parts.at(-1)).toMatchObject({
    providerMetadata: { settlement: { status: 'unsettled', reason: 'DISABLED' } },
  });
});

describe('the size of a part', () => {
  test.each([
    ['text', deltaOf('x'.repeat(1000)), 2000, 2300],
    [
      'bytes',
      {
        type: 'file',
        mediaType: 'a/b',
        data: { type: 'data', data: new Uint8Array(5000) },
      } satisfies LanguageModelV4StreamPart,
      5000,
      5500,
    ],
    [
      'metadata',
      { ...deltaOf(''), providerMetadata: { a2a: { data: ['y'.repeat(300), 'z'.repeat(300)] } } },
      1200,
      1800,
    ],
  ] as const)('counts its %s', (_, part, least, most) => {
    expect(sizeOfPart(part)).toBeGreaterThanOrEqual(least);
    expect(sizeOfPart(part)).toBeLessThanOrEqual(most);
  });

  test('of something that contains itself is finite', () => {
    const rawValue: Record<string, unknown> = { text: 'x'.repeat(50) };
    rawValue['self'] = rawValue;
    expect(sizeOfPart({ type: 'raw', rawValue })).toBeLessThan(1000);
  });

  test('of something that cannot be looked at is a number', () => {
    const rawValue = new Proxy({}, { ownKeys: () => assertNever() });
    expect(sizeOfPart({ type: 'raw', rawValue })).toBeGreaterThan(0);
  });

  test('is counted once for all that JSON can hold', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (rawValue) => {
        const size = sizeOfPart({ type: 'raw', rawValue });
        const { length } = JSON.stringify(rawValue);
        expect(size).toBeGreaterThan(0);
        expect(size).toBeLessThan(500 + 30 * length);
      }),
    );
  });
});

type Step =
  | { type: 'send'; size: number }
  | { type: 'end'; how: 'finish' | 'close' | 'error' }
  | { type: 'read'; count: number }
  | { type: 'wait'; ms: number }
  | { type: 'cancel' }
  | { type: 'abort' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('send'), size: fc.integer({ min: 0, max: 600 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('read'), count: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('wait'), ms: fc.integer({ min: 1, max: 900 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('end'),
      how: fc.constantFrom('finish', 'close', 'error'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'cancel' }) },
  { weight: 1, arbitrary: fc.constant({ type: 'abort' }) },
);

const maxBytes = 1500;
const largest = sizeOfPart(deltaOf('x'.repeat(600)));

test('whoever reads, pauses, leaves or aborts: one end, a prefix of what was sent, bounded memory', async () => {
  let reached = { dropped: 0, waited: 0, whole: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, readsOn) => {
      const source = new Source();
      const sent: LanguageModelV4StreamPart[] = [];
      const got: LanguageModelV4StreamPart[] = [];
      const ends: StreamEnd[] = [];
      const abort = new AbortController();
      const readerUntil = Date.now() + 2000;
      let isEnded = false;
      const reader = { isLeft: false, isOver: false };
      let isTooLate = false;
      const stream = drainStream(source.stream, {
        abortSignal: abort.signal,
        graceMs: 500,
        maxBytes,
        readerUntil,
        notRead: () => new Error('not read'),
        mark: async (metadata) => metadata,
        warnings: [],
        settle: async (end) => {
          ends.push(end);
          return receipt;
        },
        waitUntil: undefined,
      });
      const readable = stream.getReader();
      const read = async (): Promise<void> => {
        let isThere = false;
        // A reader who waits for what was not sent yet would wait here for ever.
        if (got.length >= sent.length && !isEnded && !reader.isOver) return;
        const reading = readable.read().then(
          ({ done, value }) => {
            isThere = true;
            if (done) reader.isOver = true;
            else got.push(value);
          },
          (error: unknown) => {
            isThere = reader.isOver = true;
            if (error instanceof Error && error.message === 'not read') isTooLate = true;
          },
        );
        await rest();
        if (!isThere) {
          // Only the source's own end can be missing.
          expect(isEnded).toBe(false);
          pending.push(reading);
        }
      };
      const pending: Promise<void>[] = [];
      for (const one of steps) {
        switch (one.type) {
          case 'send':
            if (isEnded) break;
            sent.push(deltaOf(`${sent.length}`.padEnd(one.size)));
            source.send(sent.at(-1) ?? finish);
            break;
          case 'end':
            if (isEnded) break;
            isEnded = true;
            if (one.how === 'finish') sent.push(finish);
            if (one.how === 'finish') source.send(finish, 'close');
            else source.send(one.how === 'close' ? 'close' : new Error('broken'));
            break;
          case 'read':
            for (let count = 0; count < one.count && !reader.isLeft && !reader.isOver; count++)
              await read();
            break;
          case 'wait':
            await vi.advanceTimersByTimeAsync(one.ms);
            break;
          case 'cancel':
            reader.isLeft = true;
            await readable.cancel().catch(() => {});
            break;
          case 'abort':
            abort.abort(new Error('aborted'));
            break;
        }
        await rest();
        const isWanted = !reader.isLeft && !abort.signal.aborted && Date.now() < readerUntil;
        if (isWanted) {
          const kept = source.taken.slice(got.length);
          const bytes = kept.reduce((sum, part) => sum + sizeOfPart(part), 0);
          expect(bytes).toBeLessThan(maxBytes + largest);
          if (source.left > 0) reached.waited++;
        }
        expect(ends.length).toBeLessThanOrEqual(1);
      }
      if (!isEnded) source.send(finish, 'close');
      if (!isEnded) sent.push(finish);
      isEnded = true;
      const isWhole = readsOn && !reader.isLeft && !abort.signal.aborted && !reader.isOver;
      if (isWhole && Date.now() < readerUntil) {
        while (!reader.isOver) await read();
        const how = ends[0]?.type;
        if (how === 'finished') expect(got).toHaveLength(sent.length);
        expect(isTooLate).toBe(false);
        reached.whole++;
      }
      await vi.advanceTimersByTimeAsync(3000);
      await rest();
      await Promise.all(pending);
      expect(ends).toHaveLength(1);
      if (isTooLate) reached.dropped++;
      expect(namesOf(got)).toEqual(namesOf(sent.slice(0, got.length)));
    }),
    { numRuns: 300 },
  );
  expect(Math.min(reached.waited, reached.whole)).toBeGreaterThan(0);
}, 120_000);

function assertNever(): never {
  throw new Error('not to be looked at');
}
