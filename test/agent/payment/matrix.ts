import type { LanguageModelV4 } from '@ai-sdk/provider';
import { InMemoryTaskStore } from '@a2a-js/sdk/server';
import { generateText, streamText } from 'ai';
import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
import { describe, expect, test } from 'vitest';
import { Baker, type openShop, SHOP_URL } from './shop';

/** What stands against a payment. */
type Trouble = 'underpaid' | 'expired' | 'above the limit' | 'its backend is down';

type ShopOptions = NonNullable<Parameters<typeof openShop>[1]>;

/** A buyer with money before a shop. */
export interface Meeting extends ReturnType<typeof openShop> {
  model(fetch?: typeof globalThis.fetch): LanguageModelV4;
  /** What left the buyer, held or taken, and what came to the shop, in the smallest unit. */
  moved(): Promise<readonly [gone: bigint, come: bigint]>;
  /** Cuts the shop, and the buyer, off from whom settles; and back. */
  cut(isCut: boolean): void;
}

/** A request that pays, as it goes over the wire. */
interface PaidCall {
  body: string;
  headers: Record<string, string>;
}

/** Both ends of one way to pay. */
export interface MatrixRail {
  /** What leaves the buyer, and what comes to the shop, for one paid task. */
  paid: readonly [gone: bigint, come: bigint];
  /** The same while only the shop is heard of: the buyer, or nobody, has settled. Default: `paid`. */
  paidByHand?: readonly [gone: bigint, come: bigint];
  /** What a task costs whose settlement failed: what stays locked. Default: nothing. */
  stuck?: readonly [gone: bigint, come: bigint];
  /** The same after the backend is back. Default: `stuck`. */
  repaired?: readonly [gone: bigint, come: bigint];
  /** Whether the work is shown as it goes on, because its money is out of the buyer's hands. */
  isStreamed: boolean;
  /** Whether the buyer releases the payment: then a shop that is cut off has lost nothing. */
  isByPayer?: boolean;
  /** What tells a paid request. */
  isPaid(body: string): boolean;
  forge(body: string): string;
  meet(options: { trouble?: Trouble; shop?: ShopOptions }): Promise<Meeting>;
}

const nothing = [0n, 0n] as const;

/** Every case, for one way to pay. */
export function sellsThrough(name: string, open: () => MatrixRail): void {
  describe(name, () => {
    const quiet = { maxRetries: 0, onError: () => {} };
    const buy = (model: LanguageModelV4, prompt = 'bakes') =>
      generateText({ model, prompt, maxRetries: 0 });

    test('paid', async () => {
      const { isByPayer = false, meet, paid } = open();
      const { baker, executor, model, moved, sales } = await meet({});
      const { providerMetadata, text } = await buy(model());
      expect(text).toBe('Half a bread.');
      expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
      expect(await moved()).toEqual(paid);
      expect(baker.begun).toHaveLength(1);
      const booked = sales.map(({ event }) => event);
      expect(booked).toEqual(['verified', 'worked', isByPayer ? 'owed' : 'settled']);
      // What its payer has released is found there.
      expect(await executor.reconcile()).toMatchObject({ settled: isByPayer ? 1 : 0, left: 0 });
      expect(sales.at(-1)).toMatchObject({ event: 'settled', amount: expect.any(String) });
    });

    test('shown as it goes on where the money is out of the buyer’s hands, and only there', async () => {
      const { isStreamed, meet, paid } = open();
      const { baker, model, moved } = await meet({});
      const { textStream } = streamText({ model: model(), prompt: 'waits', ...quiet });
      const seen: string[] = [];
      const reading = (async () => {
        for await (const delta of textStream) seen.push(delta);
      })();
      await expect.poll(() => baker.waiting).toBe(1);
      if (isStreamed) await expect.poll(() => seen.join('')).toBe('Half ');
      else expect(seen).toEqual([]);
      baker.open();
      await reading;
      expect(seen.join('')).toBe('Half a bread.');
      await expect.poll(moved).toEqual(paid);
    });

    test.each(['underpaid', 'expired', 'above the limit'] as const)('%s', async (trouble) => {
      const { meet } = open();
      const { baker, model, moved, sales } = await meet({ trouble });
      await expect(buy(model())).rejects.toThrow();
      await expect.poll(moved).toEqual(nothing);
      expect(baker.begun).toEqual([]);
      expect(sales.filter(({ event }) => event !== 'refused')).toEqual([]);
    });

    test('forged', async () => {
      const { forge, isPaid, meet } = open();
      const { baker, fetch, model, moved, sales } = await meet({});
      const forging: typeof globalThis.fetch = async (input, init) => {
        const { body, headers } = await read(new Request(input, init));
        const forged = isPaid(body) ? forge(body) : body;
        return init?.method === 'POST'
          ? fetch(input, { ...init, headers: withoutPayment(headers), body: forged })
          : fetch(input, init);
      };
      await expect(buy(model(forging))).rejects.toThrow();
      await expect.poll(moved).toEqual(nothing);
      expect(baker.begun).toEqual([]);
      expect(sales.map(({ event }) => event)).toEqual(['refused']);
    });

    test.each(['here', 'on a second machine'])('replayed %s', async (where) => {
      const { isPaid, meet, paid } = open();
      const { another, baker, fetch, model, moved } = await meet({
        shop: { storage: memoryStorage() },
      });
      const calls: PaidCall[] = [];
      await buy(model(spy(fetch, calls)));
      const [call] = calls.filter(({ body }) => isPaid(body));
      const machine = where === 'here' ? fetch : another().fetch;
      const answers = await Promise.all(
        [call, change(call, { messageId: 'again' }), change(call, { taskId: '' })].map((one) =>
          send(machine, one),
        ),
      );
      expect(answers.filter((answer) => answer.includes('a bread.'))).toEqual([]);
      expect(baker.begun).toHaveLength(1);
      expect(await moved()).toEqual(paid);
    });

    test('shown to ten machines at once', async () => {
      const { isPaid, meet, paid, paidByHand = paid } = open();
      const { another, baker, fetch, model, moved } = await meet({
        shop: { storage: memoryStorage() },
      });
      const call = await caught(model, fetch, isPaid);
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          send(another().fetch, change(call, { messageId: `m${index}`, taskId: '' })),
        ),
      );
      expect(answers.filter((answer) => answer.includes('a bread.'))).toHaveLength(1);
      expect(baker.begun).toHaveLength(1);
      expect(await moved()).toEqual(paidByHand);
    });

    test('aborted in the middle', async () => {
      const { meet } = open();
      const { baker, model, moved, sales } = await meet({});
      const abort = new AbortController();
      const { textStream } = streamText({
        model: model(),
        prompt: 'waits',
        abortSignal: abort.signal,
        ...quiet,
      });
      const reading = (async () => {
        for await (const _ of textStream) continue;
      })().catch(() => {});
      await expect.poll(() => baker.waiting).toBe(1);
      abort.abort();
      await reading;
      await expect.poll(() => sales.at(-1)?.event).toBe('refunded');
      await expect.poll(moved).toEqual(nothing);
    });

    test.each(['burns', 'throws'])('an agent that %s', async (how) => {
      const { meet } = open();
      const { model, moved, sales } = await meet({});
      await expect(buy(model(), how)).rejects.toThrow();
      await expect.poll(moved).toEqual(nothing);
      expect(sales.map(({ event }) => event)).toEqual(['verified', 'refunded']);
    });

    test('a settlement that fails', async () => {
      const rail = open();
      const { isStreamed, isByPayer = false, stuck = nothing, repaired = stuck } = rail;
      const { another, baker, cut, model, moved, sales } = await rail.meet({
        shop: { storage: memoryStorage() },
      });
      const { textStream } = streamText({ model: model(), prompt: 'waits', ...quiet });
      let seen = '';
      const reading = (async () => {
        for await (const delta of textStream) seen += delta;
      })().catch(() => {});
      await expect.poll(() => baker.waiting).toBe(1);
      cut(true);
      baker.open();
      await expect
        .poll(() => sales.at(-1)?.event)
        .toBe(isByPayer || isStreamed === true ? 'owed' : 'unsettled');
      if (!isStreamed) {
        await reading;
        expect(seen).toBe('');
      }
      expect(await moved()).toEqual(stuck);
      cut(false);
      await reading;
      // What is locked for work that was shown is taken then.
      if (isStreamed === true && !isByPayer) {
        expect(await another().executor.reconcile({ olderThanMs: 0 })).toMatchObject({
          settled: 1,
        });
      }
      await expect.poll(moved).toEqual(repaired);
    });

    test('a machine that dies while it works: nobody is charged, and nobody else works', async () => {
      const { isByPayer = false, isPaid, meet, paidByHand } = open();
      const dead = new Baker();
      const shop = { storage: memoryStorage(), taskStore: new InMemoryTaskStore(), baker: dead };
      const { another, fetch, model, moved, sales } = await meet({ shop });
      const call = await caught(model, fetch, isPaid, 'waits');
      void send(fetch, call).catch(() => {});
      await expect.poll(() => dead.waiting).toBe(1);
      const [taskId = ''] = dead.begun;
      const next = new Baker();
      const { executor, fetch: reach } = another(next);
      const again = change(call, { taskId, text: 'bakes' });
      expect(await send(reach, again)).not.toContain('a bread.');
      expect(await executor.reconcile({ olderThanMs: 0 })).toMatchObject({ refunded: 1, left: 0 });
      expect(await send(reach, again)).not.toContain('a bread.');
      expect(next.begun).toEqual([]);
      expect(await moved()).toEqual(isByPayer ? paidByHand : nothing);
      expect(sales.filter(({ event }) => event !== 'refused').map(({ event }) => event)).toEqual([
        'verified',
        'refunded',
      ]);
    });
  });
}

/** The first paid request of a call, which the shop does not get. */
async function caught(
  model: Meeting['model'],
  fetch: typeof globalThis.fetch,
  isPaid: MatrixRail['isPaid'],
  prompt = 'bakes',
): Promise<PaidCall> {
  const found = Promise.withResolvers<PaidCall>();
  const catching: typeof globalThis.fetch = async (input, init) => {
    const call = await read(new Request(input, init));
    if (!isPaid(call.body)) return fetch(input, init);
    found.resolve(call);
    // It hangs: what was signed or held stays so.
    return new Promise<Response>(() => {});
  };
  void generateText({ model: model(catching), prompt, maxRetries: 0 }).catch(found.reject);
  return found.promise;
}

function spy(fetch: typeof globalThis.fetch, calls: PaidCall[]): typeof globalThis.fetch {
  return async (input, init) => {
    calls.push(await read(new Request(input, init)));
    return fetch(input, init);
  };
}

async function read(request: Request): Promise<PaidCall> {
  return { body: await request.text(), headers: Object.fromEntries(request.headers) };
}

/** The payment of the message alone is forged, or shown again. */
function withoutPayment(headers: Record<string, string>) {
  const { 'payment-signature': _, ...others } = headers;
  return others;
}

interface SentMessage {
  params: { message: { messageId: string; taskId?: string; parts: { text?: string }[] } };
}

function change(
  call: PaidCall | undefined,
  { messageId, taskId, text }: { messageId?: string; taskId?: string; text?: string },
): PaidCall {
  if (call === undefined) throw new Error('Nothing was paid.');
  const sent = JSON.parse(call.body) as SentMessage;
  const { message } = sent.params;
  if (messageId !== undefined) message.messageId = messageId;
  if (taskId === '') delete message.taskId;
  else if (taskId !== undefined) message.taskId = taskId;
  for (const part of message.parts) if (text !== undefined) part.text = text;
  return { body: JSON.stringify(sent), headers: call.headers };
}

async function send(fetch: typeof globalThis.fetch, call: PaidCall | undefined): Promise<string> {
  if (call === undefined) throw new Error('Nothing was paid.');
  const answer = await fetch(SHOP_URL, { method: 'POST', ...call });
  return answer.text();
}
