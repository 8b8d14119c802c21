import { afterEach, beforeEach, expect, it, test, vi } from 'vitest';
import { SettlementJournal } from '../../src/settlement/state/settlement-journal';
import { type JournalEntry } from '../../src/settlement/state/journal-entry';
import type { Hold } from '../../src/rails/rail';
import { aPaidAgent } from './a-paid-agent';
import { CapturingRail, usdc } from './capturing-rail';
import { RecordedStorage } from './recorded-storage';
import { promptAfter, settlementOf, type TaskAnswer } from './scripted-agent';

const minute = 60_000;
const writtenAt = Date.UTC(2026, 0, 1);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: writtenAt });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What other processes have left of payments on a rail that is not the first one. */
async function left(
  entries: ((holds: [Hold, Hold]) => JournalEntry)[],
  { hasLedger = true, task }: { hasLedger?: boolean; task?: TaskAnswer } = {},
) {
  const chain = new CapturingRail();
  const other = new CapturingRail('other', { code: 'credits', decimals: 0 });
  chain.hasLedger = hasLedger;
  if (!hasLedger) Object.assign(chain, { look: undefined });
  const sign = (taskId: string) =>
    chain.hold({ taskId, payee: 'seller', amount: '0.25', currency: usdc, ttlMinutes: 60 });
  const holds: [Hold, Hold] = [await sign('one'), await sign('two')];
  const storage = new RecordedStorage();
  const journal = new SettlementJournal(storage);
  for (const entry of entries) await journal.put(entry(holds));
  const { agent, settlement, told } = aPaidAgent({ rails: [other, chain], storage });
  if (task !== undefined) agent.tasks.set('task-1', task);
  return {
    chain,
    other,
    storage,
    told: () => told.map(([name, { receipt }]) => [name, receipt.captured]),
    reconcile: async (graceMs = 0) => {
      const provider = { languageModel: () => agent };
      const report = await settlement.reconcile({ graceMs, provider });
      const { open, settled, unresolved } = report;
      return [settled.map(({ receipt }) => receipt?.status), open.length, unresolved.length];
    },
  };
}

const work = { startedAt: writtenAt, earlierMs: 0 };
const common = { agent: 'agent', at: writtenAt, task: 'task-1' };
const open =
  (index: 0 | 1) =>
  (holds: [Hold, Hold]): JournalEntry => ({ ...common, type: 'open', work, hold: holds[index] });
const kept = ([hold]: [Hold, Hold]): JournalEntry => ({ ...common, type: 'kept', work, hold });

it.each([
  [undefined, ['refunded'], ['refunded', '0']],
  ['0.25', ['released'], ['released', '0.25']],
])(
  'what the ledger says, when its time is over, is told of: %s',
  async (amount, settled, event) => {
    const { chain, reconcile, told } = await left([kept], { task: { state: 'input-required' } });
    if (amount !== undefined) chain.captures.set('chain-1', amount);
    vi.setSystemTime(writtenAt + 2 * minute);
    expect(await reconcile()).toEqual([settled, 0, 0]);
    expect(told()).toEqual([event]);
    expect(await reconcile()).toEqual([[], 0, 0]);
  },
);

test('more than was held is told of as well', async () => {
  const { chain, reconcile, told } = await left([kept]);
  chain.captures.set('chain-1', '0.5');
  vi.setSystemTime(writtenAt + 2 * minute);
  await reconcile();
  expect(told()).toEqual([
    ['released', '0.5'],
    ['overcharged', '0.5'],
  ]);
});

test('of two holds for one task each is asked for on its own rail', async () => {
  const { chain, other, reconcile } = await left([open(0), open(1)], {
    task: { state: 'completed' },
  });
  chain.captures.set('chain-1', '0.25');
  chain.captures.set('chain-2', '0.25');
  expect(await reconcile()).toEqual([['released', 'taken'], 0, 0]);
  expect(other.asked).toEqual([]);
  // Its agent has seen the second one: nobody may take it for one that was never sent.
  expect(chain.asked).toEqual(['release chain-1 completed', 'refund chain-2 superseded']);
});

test('what the agent of a task that never ended said it took is what it took', async () => {
  const task = { state: 'input-required', metadata: { receipt: '0.1' } };
  const { reconcile, told } = await left([kept], { hasLedger: false, task });
  expect(await reconcile()).toEqual([[], 1, 0]);
  vi.setSystemTime(writtenAt + 2 * minute);
  expect(await reconcile()).toEqual([['taken'], 0, 0]);
  expect(told()).toEqual([['taken', '0.1']]);
});

test('whoever is about to look whether it was taken is left alone, for as long as the grace is', async () => {
  const action = { type: 'refund', reason: 'task-failed' } as const;
  const { chain, reconcile } = await left([
    ([hold]) => ({ ...common, type: 'settling', action, hold, isUnderWay: true }),
  ]);
  chain.captures.set('chain-1', '0.25');
  expect(await reconcile(minute)).toEqual([[], 1, 0]);
  vi.setSystemTime(writtenAt + minute);
  expect(await reconcile(minute)).toEqual([['taken'], 0, 0]);
});

test('a decision that is written ahead says that somebody is under way with it', async () => {
  const chain = new CapturingRail();
  const storage = new RecordedStorage();
  const card = { payee: 'seller', amount: '0.25', currency: usdc, required: true };
  chain.cardTerms = card;
  const options = { journal: { writeAhead: true } };
  const paid = aPaidAgent({ chain, options, storage, turns: [{}] });
  await paid.model.doGenerate({ prompt: promptAfter() });
  const stages = storage.written.filter((text) => text.includes('"settling"'));
  expect(stages.map((text) => text.includes('"isUnderWay":true'))).toEqual([true, false]);
});

test('an agent that took its money as it began is not paid again for its next turn', async () => {
  const chain = new CapturingRail();
  chain.cardTerms = { payee: 'seller', amount: '0.25', currency: usdc, required: true };
  const turns = [{ state: 'input-required' as const, work: () => chain.capture() }, {}];
  const paid = aPaidAgent({ chain, turns });
  const first = await paid.model.doGenerate({ prompt: promptAfter() });
  const second = await paid.model.doGenerate({ prompt: promptAfter(first) });
  expect(settlementOf(second)).toMatchObject({ status: 'released', captured: '0.25' });
  expect(chain.signed).toHaveLength(1);
});
