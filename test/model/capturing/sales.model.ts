import type {
  LanguageModelV4,
  LanguageModelV4Prompt,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import { generateText, streamText, wrapLanguageModel, type LanguageModelMiddleware } from 'ai';
import type { ReconcileReport } from '../../../src/index';
import { clock, inVirtualTime } from '../clock';
import { Disk } from '../mortal-storage';
import { useQuickCrypto } from '../quick-crypto';
import { Violation } from '../violation';
import { assertSecret } from './assert-secret';
import { Buyer, callOf, type World } from './buyer';
import { Chain } from './chain';
import { checkSales } from './check-sales';
import { Credits } from './credits';
import { Line } from './line';
import type { Payment, Purchase } from './purchase';
import type { Market, Sale } from './sale';
import { Seller } from './seller';
import { sellerModel } from './seller-model';

useQuickCrypto();
Reflect.set(globalThis, 'AI_SDK_LOG_WARNINGS', false);

/** Plays a schedule on the real rails, against ledgers in memory, and checks them. Throws what is wrong. */
export async function playMarket(market: Market): Promise<void> {
  Violation.seen.length = 0;
  await inVirtualTime(market.seed, () => playInTime(market));
}

/** What an application keeps of one answer. */
interface Chat {
  messages: LanguageModelV4Prompt;
  contextId: string;
  taskId: string;
}

async function playInTime(market: Market): Promise<void> {
  const payments: Payment[] = [];
  const chain = new Chain();
  const credits = new Credits({ version: market.tokenVersion });
  const place = {
    market,
    chain,
    credits,
    paymentOf: ({ call }: { call: Purchase }, carried: string) =>
      payments.find(({ id }) => id === carried) ??
      call.payments.findLast(({ rail }) => rail === 'nevermined'),
  };
  const sellers = (['coin', 'mute', 'plan'] as const).map((id) => new Seller(id, place));
  const line = new Line();
  const shared = new Disk(market.seed);
  const world: World = { market, chain, credits, line, sellers, payments, shared };
  const buyers: Buyer[] = [];
  const calls: Purchase[] = [];
  const aborts = new Map<Purchase, AbortController>();
  const reports: ReconcileReport[] = [];
  const chats = new Map<Sale['seller'], Chat>();
  let buyer = start();
  let current: Sale | undefined;

  for (const sale of market.sales) {
    if (sale.isElsewhere || !buyer.isAlive) buyer = start();
    current = sale;
    line.faults = [...sale.faults];
    line.lagMs = sale.lagMs;
    line.isDown = sale.goesDown === 'before signing';
    await purchase(sale);
    current = undefined;
    if (sale.dies === 'after it') buyer.die();
    line.faults = [];
    line.lagMs = 0;
    line.isDown = false;
    await Promise.all(
      Array.from({ length: sale.reconciles }, () => reconcile(start(), { graceMs: 0 })),
    );
    await clock.sleep(sale.pauseMs);
  }

  // Past all deadlines, by everybody's clock. Whatever lives reconciles, all at once; and then again.
  await clock.sleep(2 * market.validSeconds * 1000 + 3_600_000);
  start();
  start();
  const alive = buyers.filter(({ isAlive }) => isAlive);
  await Promise.all(alive.map((one) => reconcile(one)));
  const last = await Promise.all(alive.map((one) => reconcile(one)));
  await Promise.all(alive.map((one) => one.rest()));
  checkSales({
    world,
    buyers,
    calls,
    settled: reports.flatMap(({ settled }) => settled),
    left: last.flatMap(({ open, unresolved }) => [...open, ...unresolved]),
  });

  function start(): Buyer {
    const { skews } = market;
    const skewMs = skews[buyers.length % skews.length] ?? 0;
    const started = new Buyer(world, { skewMs });
    buyers.push(started);
    return started;
  }

  async function reconcile(one: Buyer, options: { graceMs?: number } = {}) {
    const { provider } = one;
    const report = await one.run(() => one.settlement.reconcile({ provider, ...options }));
    assertSecret(report, 'a report');
    reports.push(report);
    return report;
  }

  async function purchase(sale: Sale): Promise<void> {
    const gate = Promise.withResolvers<void>();
    const { dies } = sale;
    if (typeof dies === 'object') buyer.diesAt = { ...dies };
    const isTwin = sale.twin !== 'none';
    const isCrowded = isTwin || sale.crowd > 0;
    const about = { gate: gate.promise, isCrowded, isTwin };
    const sent = [begin(sale, buyer, about)];
    const fresh: Sale = { ...sale, continues: 'no', refusals: { from: 0, count: 0 } };
    for (let more = 0; more < sale.crowd; more++) {
      sent.push(begin(fresh, buyer, { ...about, isTwin: false }));
    }
    if (isTwin) sent.push(begin(sale, sale.twin === 'elsewhere' ? start() : buyer, about));
    await Promise.all(sent.map(({ call, reached }) => Promise.race([reached, call.process.died])));
    const meanwhile =
      sale.meanwhile === 'nothing'
        ? undefined
        : reconcile(start(), sale.meanwhile === 'reconcile' ? {} : { graceMs: 0 });
    if (dies === 'while the agent works, its journal written') {
      await clock.sleep(5);
      await buyer.written();
      for (const { call } of sent) call.isWritten = call.process === buyer && buyer.isAlive;
    }
    if (typeof dies === 'string' && dies.startsWith('while')) buyer.die();
    gate.resolve();
    await meanwhile;
    await Promise.all(sent.map(({ call, ended }) => Promise.race([ended, call.process.died])));
    // The next one does not wait for what takes its time; but what is seen of the end, is.
    await Promise.race([
      clock.sleep(1000),
      Promise.all(
        sent.map(async ({ call }) => {
          await call.process.rest();
          call.sawEnd = call.process.isAlive;
        }),
      ),
    ]);
    buyer.diesAt = undefined;
    for (const { call, metadata } of sent) note(sale, call, metadata());
  }

  /** The user's message, and what came of it. */
  function note(sale: Sale, call: Purchase, metadata: SharedV4ProviderMetadata | undefined): void {
    const task = call.messages.findLast((message) => message.task !== undefined)?.task;
    if (task === undefined) return;
    const answer = {
      type: 'text' as const,
      text: 'Hi',
      ...(metadata !== undefined && { providerOptions: metadata }),
    };
    const { contextId, id: taskId } = task;
    const messages: LanguageModelV4Prompt = [user, { role: 'assistant', content: [answer] }];
    chats.set(sale.seller, { messages, contextId, taskId });
  }

  /** One call of an application. Never throws: failed generations are part of the game. */
  function begin(
    sale: Sale,
    by: Buyer,
    { gate, isCrowded, isTwin }: { gate: Promise<void>; isCrowded: boolean; isTwin: boolean },
  ) {
    const seller = sellers.find(({ id }) => id === sale.seller);
    if (seller === undefined) throw new Error('no such agent');
    const call: Purchase = {
      sale,
      process: by,
      isTwin,
      isCrowded,
      approved: [],
      payments: [],
      messages: [],
      at: clock.now(),
      endedAt: Infinity,
      sawEnd: false,
      isWritten: false,
    };
    calls.push(call);
    const abort = new AbortController();
    const reached = Promise.withResolvers<void>();
    let metadata: SharedV4ProviderMetadata | undefined;
    const model = sellerModel(seller, by.knows(seller.id), {
      call,
      gate,
      onReached: ({ isAsking }) => {
        if (!isAsking) reached.resolve();
      },
    });
    by.onSigned = (signing) => {
      // A reader who leaves may be gone before that.
      if (signing?.sale === current && current?.goesDown === 'after signing') line.isDown = true;
      if (signing?.sale.consumer === 'aborts as it signs') aborts.get(signing)?.abort();
    };
    aborts.set(call, abort);
    const middleware: LanguageModelMiddleware = by.settlement.middleware;
    const settled = wrapLanguageModel({ model, middleware });
    const ended = by
      .run(() => callOf.run(call, () => read(settled)))
      .then(
        () => finish(),
        (error: unknown) => {
          call.error = error;
          finish();
        },
      );
    return {
      call,
      ended,
      metadata: () => metadata,
      reached: Promise.race([reached.promise, ended]),
    };

    function finish(): void {
      call.endedAt = clock.now();
      if (call.error !== undefined) assertSecret(call.error, 'an error');
      assertSecret(call.result, 'a result');
      reached.resolve();
    }

    function got(result: { providerMetadata?: SharedV4ProviderMetadata | undefined }): void {
      // A process that has died gets nothing.
      if (!call.process.isAlive) return;
      call.result = JSON.stringify(result);
      const receipt = result.providerMetadata?.['settlement'];
      if (receipt !== undefined && 'status' in receipt) {
        call.receipt = receipt as unknown as Purchase['receipt'];
      }
    }

    async function read(from: LanguageModelV4): Promise<void> {
      const { caller, consumer } = sale;
      void leave();
      const { prompt, a2a } = compose(sale);
      const providerOptions = { a2a, settlement: { conversationId: 'chat' } };
      const options = { providerOptions, abortSignal: abort.signal };
      if (caller === 'generateText') {
        const result = await generateText({ model: from, messages: prompt as never, ...options });
        metadata = result.content.find((part) => part.type === 'text')?.providerMetadata as never;
        return got(result);
      }
      if (caller === 'generate') {
        const result = await from.doGenerate({ prompt, ...options });
        metadata = result.content.find((part) => part.type === 'text')?.providerMetadata;
        return got(result);
      }
      const stream =
        caller === 'stream'
          ? (await from.doStream({ prompt, ...options })).stream
          : streamText({
              model: from,
              messages: prompt as never,
              ...options,
              onError: ({ error }) => {
                call.error = error;
              },
            }).fullStream;
      if (consumer === 'never reads') return;
      const reader = (
        stream as ReadableStream<{ type: string; providerMetadata?: SharedV4ProviderMetadata }>
      ).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (value?.type === 'text-end') metadata = value.providerMetadata;
        if (value?.type === 'finish' || value?.type === 'finish-step') got(value);
        if (done || consumer === 'leaves') break;
      }
      await reader.cancel();
    }

    async function leave(): Promise<void> {
      await reached.promise;
      if (sale.consumer === 'aborts') setTimeout(() => abort.abort(), 1);
      await gate;
      if (sale.turn.includes('stopped')) setTimeout(() => abort.abort(), 1);
    }
  }

  function compose({ continues, seller }: Sale) {
    const chat = chats.get(seller);
    if (chat === undefined || continues === 'no') return { prompt: [user], a2a: {} };
    const { contextId, messages, taskId } = chat;
    return continues === 'by messages'
      ? { prompt: [...messages, user], a2a: {} }
      : { prompt: [user], a2a: { contextId, taskId } };
  }
}

const user: LanguageModelV4Prompt[number] = {
  role: 'user',
  content: [{ type: 'text', text: 'Go' }],
};
