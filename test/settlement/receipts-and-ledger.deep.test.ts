import { generateText, wrapLanguageModel } from 'ai';
import { memoryStorage, receiptStore } from 'ai-sdk-a2a-settlement/stores';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSettlement, exchangeRail, type SettlementRecord } from '../../src/index';
import { addAmounts } from '../../src/internal/decimal';
import { sandboxExchange, exchangeUrl } from '../rails/exchange/sandbox-exchange';
import { ScriptedAgent } from './scripted-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

interface Call {
  price: number;
  state: 'completed' | 'failed' | 'input-required';
  /** How much of the price an answer was worth, in percent. */
  used: number;
  /** What becomes of the requests by which the hold is settled, one after the other. */
  line: ('good' | 'broken before' | 'broken after')[];
}

const calls = fc.array(
  fc.record<Call>({
    price: fc.integer({ min: 1, max: 50 }),
    state: fc.constantFrom('completed', 'completed', 'failed', 'input-required'),
    used: fc.constantFrom(0, 10, 50, 100, 100),
    line: fc.array(fc.constantFrom('good', 'broken before', 'broken after'), { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 8 },
);

const sum = (records: SettlementRecord[], of: (record: SettlementRecord) => string) =>
  records.reduce((total, record) => String(addAmounts(total, of(record))), '0');

test('what the records add up to is what the ledger has, to the last token', async () => {
  await fc.assert(
    fc.asyncProperty(calls, async (story) => {
      const exchange = sandboxExchange();
      const receipts = receiptStore({ storage: memoryStorage() });
      const storage = memoryStorage();
      const before = exchange.ledger();
      const going: Promise<unknown>[] = [];
      let line: Call['line'] = [];
      const fetch: typeof globalThis.fetch = async (input, init) => {
        const { url } = new Request(input, init);
        const next = /\/(?:release|refund)$/.test(url) ? line.shift() : 'good';
        if (next === 'broken before') throw new TypeError('fetch failed');
        const response = await exchange.fetch(input, init);
        if (next === 'broken after') throw new TypeError('fetch failed');
        return response;
      };
      const settlementOf = (call?: Call) =>
        createSettlement({
          rail: exchangeRail({ exchangeUrl, apiKey: exchange.payer.apiKey, fetch }),
          receipts,
          journal: { storage },
          retry: { attempts: 2, initialMs: 0.1, parkMs: 0 },
          waitUntil: (promise) => void going.push(promise),
          agents: { agent: { accountId: exchange.agent.accountId } },
          ...(call && { price: call.price, meter: () => (call.price * call.used) / 100 }),
        });

      for (const [index, call] of story.entries()) {
        line = [...call.line];
        const taskId = `task-${index}`;
        const agent = new ScriptedAgent({ state: call.state, taskId });
        const { middleware } = settlementOf(call);
        const model = wrapLanguageModel({ model: agent, middleware });
        await generateText({ model, prompt: 'Hi', maxRetries: 0 }).catch(() => {});
        await allOf(going);
      }
      line = [];
      // Two processes find what is left, at the same time.
      await Promise.all([settlementOf().reconcile(), settlementOf().reconcile()]);
      await allOf(going);

      const records: SettlementRecord[] = [];
      for await (const record of receipts.list({ currency: 'ATE' })) records.push(record);
      const ended = records.filter(({ event }) => ['released', 'refunded'].includes(event));
      const open = records.filter(
        ({ event, hold }) => event === 'held' && ended.every((other) => other.hold !== hold),
      );
      expect(new Set(ended.map(({ hold }) => hold)).size).toBe(ended.length);

      const after = exchange.ledger();
      const has = (ledger: typeof after, id: string) =>
        ledger.accounts.find((account) => account.id === id) ?? { available: 0, held: 0 };
      const { agent, payer } = exchange;
      const earned = has(after, agent.accountId).available - has(before, agent.accountId).available;
      const fees = after.treasury - before.treasury;
      const spent = has(before, payer.accountId).available - has(after, payer.accountId).available;
      expect(sum(ended, ({ captured = '0' }) => captured)).toBe(`${earned}`);
      expect(sum(ended, ({ event, fee }) => (event === 'released' ? fee : '0'))).toBe(`${fees}`);
      const held = sum(open, ({ amount, fee }) => String(addAmounts(amount, fee)));
      expect(held).toBe(`${has(after, payer.accountId).held}`);
      expect(spent).toBe(earned + fees + Number(held));
    }),
    { numRuns: 60 },
  );
});

/** Those, too, that come to be meanwhile. */
async function allOf(going: Promise<unknown>[]): Promise<void> {
  for (let next = going.shift(); next !== undefined; next = going.shift()) await next;
}
