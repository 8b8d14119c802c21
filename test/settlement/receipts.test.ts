import { generateText } from 'ai';
import { receiptStore } from 'ai-sdk-a2a-settlement/stores';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { getReceipt, type SettlementOptions, type SettlementRecord } from '../../src/index';
import { aSettlement } from './a-settlement';
import { aPaidAgent } from './a-paid-agent';
import { lineBroke, type FakeRail } from './fake-rail';
import { entries } from './journal-entries';
import { leftBehind } from './left-behind';
import { RecordedStorage } from './recorded-storage';
import { ScriptedAgent } from './scripted-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

let books = new RecordedStorage();
beforeEach(() => void (books = new RecordedStorage()));

async function written(): Promise<SettlementRecord[]> {
  const records: SettlementRecord[] = [];
  for await (const record of receiptStore({ storage: books }).list()) records.push(record);
  return records;
}

const events = async () => (await written()).map(({ event }) => event);

function withBooks(agent = new ScriptedAgent(), options: SettlementOptions = {}, rail?: FakeRail) {
  const receipts = receiptStore({ storage: books });
  return aSettlement({ agent, options: { receipts, ...options }, ...(rail && { rail }) });
}

/** Some records are written a moment after the call. */
const settled = (names: string[]) => vi.waitFor(async () => expect(await events()).toEqual(names));

test('a call that is paid leaves a hold and a release, with all that spending is told apart by', async () => {
  const { model, rail } = withBooks();
  const labels = { team: 'search', user: 'u-7' };
  const before = Date.now();
  await generateText({ model, prompt: 'A secret', providerOptions: { settlement: { labels } } });
  await settled(['held', 'released']);
  const [held, released] = await written();
  const [{ taskId = '' } = {}] = rail.holds;
  const common = {
    hold: expect.stringMatching(/^[0-9a-f]{32}$/),
    agent: 'agent',
    rail: 'fake',
    taskId,
    escrowId: 'escrow-1',
    payee: 'payee',
    exchangeUrl: 'https://exchange.example.com/v1',
    currency: 'ATE',
    decimals: 0,
    amount: '20',
    fee: '1',
    labels,
  };
  expect(held).toEqual({
    ...common,
    event: 'held',
    status: 'pending',
    at: expect.any(String),
    heldAt: expect.any(String),
    expiresAt: expect.any(String),
  });
  expect(released).toMatchObject({ ...common, event: 'released', captured: '20' });
  expect(Date.parse(held?.heldAt ?? '')).toBeGreaterThanOrEqual(before);
  const lasted = Date.parse(released?.at ?? '') - Date.parse(released?.heldAt ?? '');
  expect(released?.durationMs).toBe(lasted);
  expect(JSON.stringify([...books.items])).not.toContain('secret');
});

test('a receipt has its duration once it is settled', async () => {
  const { model, told } = withBooks(
    new ScriptedAgent(
      { state: 'input-required', work: () => new Promise((resolve) => setTimeout(resolve, 20)) },
      {},
    ),
  );
  const asked = await generateText({ model, prompt: 'A question' });
  expect(getReceipt(asked)?.status).toBe('kept');
  expect(getReceipt(asked)).not.toHaveProperty('durationMs');
  const answered = await generateText({
    model,
    prompt: 'An answer',
    providerOptions: { a2a: { taskId: 'task-1', contextId: 'talk' } },
  });
  const { durationMs, status } = getReceipt(answered) ?? {};
  expect(status).toBe('released');
  // Since the hold of the first turn. A timer may fire a millisecond early.
  expect(durationMs).toBeGreaterThanOrEqual(19);
  expect(durationMs).toBeLessThan(10_000);
  for (const [name, { receipt }] of told) {
    expect(receipt.durationMs !== undefined, name).toBe(name === 'released');
  }
});

test('a duration is without the time that an approval took', async () => {
  let approvedAt = 0;
  const approve = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    approvedAt = Date.now();
    return true;
  };
  const { model } = withBooks(undefined, { approve });
  await generateText({ model, prompt: 'Hi' });
  await settled(['held', 'released']);
  const [{ heldAt = '' } = {}] = await written();
  expect(Date.parse(heldAt)).toBeGreaterThanOrEqual(approvedAt);
});

describe('what becomes of a hold', () => {
  test.each([
    ['failed', 'refunded', { captured: '0', returned: '21', reason: 'task-failed' }],
    ['rejected', 'refunded', { captured: '0', returned: '21', reason: 'task-rejected' }],
    ['input-required', 'kept', {}],
  ])('%s: %s', async (state, event, facts) => {
    const { model } = withBooks(new ScriptedAgent({ state, taskId: 'task-1' }));
    await generateText({ model, prompt: 'Hi' }).catch(() => {});
    await settled(['held', event]);
    expect((await written())[1]).toMatchObject(facts);
  });

  test('two turns under one hold', async () => {
    const agent = new ScriptedAgent(
      { state: 'input-required', taskId: 'task-1' },
      { state: 'input-required', taskId: 'task-1' },
      { taskId: 'task-1' },
    );
    const { model } = withBooks(agent);
    const labels = { team: 'search' };
    for (let turn = 0; turn < 3; turn++) {
      const a2a = turn === 0 ? {} : { taskId: 'task-1' };
      const settlement = turn === 0 ? { labels } : {};
      await generateText({ model, prompt: 'Hi', providerOptions: { a2a, settlement } });
      // Records of one millisecond would be one.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await settled(['held', 'kept', 'kept', 'released']);
    const records = await written();
    expect(new Set(records.map(({ hold }) => hold)).size).toBe(1);
    expect(records.map((record) => record.labels)).toEqual([labels, labels, labels, labels]);
  });

  test('a part, by what was used', async () => {
    const { model } = withBooks(undefined, { meter: () => 7 });
    await generateText({ model, prompt: 'Hi' });
    await settled(['held', 'released']);
    const facts = { status: 'partially-released', captured: '7', returned: '14', fee: '0' };
    expect((await written())[1]).toMatchObject(facts);
  });

  test('a release that fails, and is done later', async () => {
    const { model, rail, settlement } = withBooks();
    rail.failures.release.push(lineBroke(), lineBroke(), lineBroke());
    await generateText({ model, prompt: 'Hi' });
    await settled(['held', 'unresolved']);
    expect((await written())[1]).toMatchObject({ status: 'pending', error: 'NETWORK' });
    await settlement.reconcile();
    expect(await events()).toEqual(['held', 'unresolved', 'released']);
  });
});

test('labels are in the events', async () => {
  const { model, rail, told } = withBooks();
  const settlement = { labels: { team: 'search' } };
  await generateText({ model, prompt: 'Hi', providerOptions: { settlement } });
  rail.isConfigured = false;
  await generateText({ model, prompt: 'Hi', providerOptions: { settlement } });
  expect(told.map(([name, { labels }]) => [name, labels])).toEqual([
    ['held', settlement.labels],
    ['released', settlement.labels],
    ['unsettled', settlement.labels],
  ]);
});

test('a receipt that is handed back in the place of labels has none', async () => {
  const { model, told } = withBooks();
  const settlement = { status: 'released', labels: { team: 'of somebody' } };
  await generateText({ model, prompt: 'Hi', providerOptions: { settlement } });
  expect(told.map(([, { labels }]) => labels)).toEqual([undefined, undefined]);
});

describe('another process', () => {
  test('that finishes what the journal has knows the labels', async () => {
    const { model, rail, storage } = withBooks();
    rail.failures.release.push(lineBroke(), lineBroke(), lineBroke());
    const labels = { team: 'search' };
    await generateText({ model, prompt: 'Hi', providerOptions: { settlement: { labels } } });
    await settled(['held', 'unresolved']);
    const receipts = receiptStore({ storage: books });
    const another = aSettlement({ rail, storage, options: { receipts } });
    await another.settlement.reconcile();
    const released = (await written()).find(({ event }) => event === 'released');
    expect(released).toMatchObject({ labels, captured: '20' });
    expect(another.told.map(([name, event]) => [name, event.labels])).toEqual([
      ['released', labels],
    ]);
  });

  test('that finds a hold settled writes that down, as whoever settled it may have died', async () => {
    const receipts = receiptStore({ storage: books });
    const { leave, rail, settlement } = leftBehind({ options: { receipts } });
    const hold = rail.put(
      { taskId: 'aisdk-019aa000-0000-7000-8000-000000000000' },
      { state: { type: 'settled', settled: { status: 'released', amount: 20, fee: 1 } } },
    );
    const work = { labels: { team: 'search' } };
    await leave(entries.working(hold, { work }));
    await settlement.reconcile();
    expect(await written()).toMatchObject([
      { event: 'released', captured: '20', labels: work.labels, durationMs: expect.any(Number) },
    ]);
  });

  test('of an older version made the hold: it is found on the day on which it lapses', async () => {
    const receipts = receiptStore({ storage: books });
    const { leave, rail, settlement } = leftBehind({ options: { receipts } });
    const hold = rail.put({ expiresAt: new Date('2027-03-01T12:00:00Z') });
    await leave(entries.settling(hold));
    await settlement.reconcile();
    const [record] = await written();
    expect(record).toMatchObject({ event: 'released', heldAt: '2027-03-01T12:00:00.000Z' });
    expect(record).not.toHaveProperty('durationMs');
  });

  test('and this one settle at once: it is one record', async () => {
    const receipts = receiptStore({ storage: books });
    const { leave, provider, rail, settlement, storage } = leftBehind({
      options: { receipts },
      tasks: { 'task-1': { state: 'completed' } },
    });
    await leave(entries.working(rail.put()));
    const another = aSettlement({ rail, storage, options: { receipts } });
    const open = rail.gate('release');
    const [reconciling, settling] = [
      settlement.reconcile({ provider }),
      another.settlement.settleTask({ agent: 'agent', taskId: 'task-1' }, { provider }),
    ];
    await vi.waitFor(() => expect(rail.asked).toHaveLength(2));
    open();
    await Promise.all([reconciling, settling]);
    expect(await events()).toEqual(['released']);
  });
});

describe('where the agent captures', () => {
  test('it is pending, then taken: too much of it', async () => {
    const receipts = receiptStore({ storage: books });
    const { agent, chain, model, settlement } = aPaidAgent({ options: { receipts } });
    const provider = { languageModel: () => agent };
    await generateText({ model, prompt: 'Hi' });
    await settled(['held', 'pending']);
    // Asked again, it is the same.
    await settlement.reconcile({ provider });
    expect(await events()).toEqual(['held', 'pending']);
    chain.capture('0.30');
    await settlement.reconcile({ provider });
    expect(await events()).toEqual(['held', 'pending', 'released', 'overcharged']);
    expect((await written())[2]).toMatchObject({ captured: '0.30', amount: '0.25' });
  });
});

describe('a store that is down', () => {
  test('fails no call, and is told of once for each hold', async () => {
    const { model, rail, told } = withBooks();
    books.before = () => Promise.reject(new Error('redis://user:password@host is away'));
    const { providerMetadata } = await generateText({ model, prompt: 'Hi' });
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
    expect(rail.statusOf('escrow-1')).toBe('released');
    await vi.waitFor(() => expect(told.map(([name]) => name)).toContain('error'), 5000);
    const errors = () => told.flatMap(([name, event]) => (name === 'error' ? [event] : []));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(errors()).toMatchObject([{ agent: 'agent', error: { code: 'RECEIPT_FAILED' } }]);
    expect(errors()[0]?.error?.message).not.toContain('password');
  });

  test('for a moment is tried again', async () => {
    const { model, names } = withBooks();
    let failures = 2;
    books.before = async () => {
      if (failures-- > 0) throw new Error('busy');
    };
    await generateText({ model, prompt: 'Hi' });
    await settled(['held', 'released']);
    expect(names()).toEqual(['held', 'released']);
  });

  test('and never answers delays no call, and `reconcile` for a second only', async () => {
    const { model, rail, settlement } = withBooks();
    books.before = () => new Promise(() => {});
    const startedAt = performance.now();
    await generateText({ model, prompt: 'Hi' });
    expect(rail.statusOf('escrow-1')).toBe('released');
    const calledFor = performance.now() - startedAt;
    await settlement.reconcile();
    const reconciledFor = performance.now() - startedAt - calledFor;
    expect(calledFor).toBeLessThan(reconciledFor);
    expect(reconciledFor).toBeGreaterThan(900);
  });
});

test('a function that stands still after its answer is kept alive until all is written', async () => {
  const kept: Promise<unknown>[] = [];
  const { model } = withBooks(undefined, { waitUntil: (promise) => void kept.push(promise) });
  await generateText({ model, prompt: 'Hi' });
  for (const promise of kept) await promise;
  await Promise.all(kept);
  expect(await events()).toEqual(['held', 'released']);
});

test.each([[{}], [new RecordedStorage()], ['redis://'], [null]])('%j is no store', (receipts) => {
  expect(() => aSettlement({ options: { receipts: receipts as never } })).toThrow(
    'receipts must be a receipt store such as receiptStore({ storage })',
  );
});
