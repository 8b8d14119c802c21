/**
 * `reconcile` of many holds that other processes left: whether its time grows in line with their number, how
 * many it settles at once, and how many requests it sends for each.
 *
 * `HOLDS=10000 npx tsx bench/reconcile.ts`
 */
import { createSettlement, exchangeRail } from './subject';
import { memoryStorage } from '../src/internal/memory-storage';
import type { Hold } from '../src/rails/rail';
import { createExchange } from '../src/sandbox/exchange/create-exchange';
import { inProcessFetch } from '../src/sandbox/in-process-fetch';
import { SettlementJournal } from '../src/settlement/state/settlement-journal';
import { newTaskId } from '../src/settlement/state/task-id';
import { figure, times } from './figure';
import { cpuOf } from './in-turn';

const many = Number(process.env['HOLDS'] ?? 10_000);
const few = many / 10;

/** What a process left: an orphan in no journal, or a decision in the journal that was not carried out. */
type Left = 'orphans' | 'decisions';

for (const left of ['orphans', 'decisions'] as const) {
  // Compiles what is measured.
  await reconcileHolds(left, few);
  const short = await reconcileHolds(left, few);
  const long = await reconcileHolds(left, many);
  figure({
    what: `\`reconcile\`, CPU of a hold, ${few} → ${many} ${left}`,
    measured: `${times(long.cpuMicros / short.cpuMicros)} (${(long.cpuMicros / 1000).toFixed(2)} ms, the exchange included)`,
    target: '≤ 1.2',
  });
  figure({
    what: 'the same, most requests at once; requests of a hold',
    measured: `${long.atOnce}; ${long.requests.toFixed(2)}`,
    target: 'some at once, bounded; –',
  });
}

async function reconcileHolds(left: Left, count: number) {
  const exchangeUrl = 'https://exchange.test';
  const exchange = createExchange({ starterTokens: 0 });
  const { apiKey } = exchange.register('payer', { tokens: 1_000_000_000 });
  const { accountId: payee } = exchange.register('payee', { tokens: 0 });
  const reach = inProcessFetch(exchangeUrl, exchange.fetch);
  let [requests, running, atOnce] = [0, 0, 0];
  const counting: typeof fetch = async (input, init) => {
    requests++;
    atOnce = Math.max(atOnce, ++running);
    try {
      // Answers of an exchange come later: what is sent at once is so under way at once.
      await new Promise(setImmediate);
      return await reach(input, init);
    } finally {
      running--;
    }
  };
  const rail = exchangeRail({ exchangeUrl, apiKey, fetch: counting });
  const storage = memoryStorage();
  const journal = new SettlementJournal(storage);
  for (let index = 0; index < count; index++) {
    const hold: Hold = await rail.hold({ payee, amount: 10, taskId: newTaskId(), ttlMinutes: 60 });
    if (left === 'orphans') continue;
    const action = { type: 'refund', reason: 'error' } as const;
    await journal.put({ type: 'settling', agent: 'agent', at: Date.now(), hold, action });
  }
  const settlement = createSettlement({ rail, journal: { storage } });
  requests = atOnce = 0;
  let settled = 0;
  const cpu = await cpuOf(async () => {
    const report = await settlement.reconcile({ orphans: 'refund', graceMs: 0 });
    settled = report.settled.length;
  });
  if (settled !== count) throw new Error(`${settled} of ${count} were settled`);
  return { atOnce, cpuMicros: cpu / count, requests: requests / count };
}
