import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { aSettlement } from './a-settlement';
import { failure, lineBroke } from './fake-rail';
import { entries, writtenAt } from './journal-entries';
import { leftBehind } from './left-behind';
import { journalPrefix } from './recorded-storage';
import { promptAfter, ScriptedAgent } from './scripted-agent';

const minute = 60_000;
const nothing = { settled: [], open: [], unresolved: [] };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: writtenAt });
});
afterEach(() => void vi.useRealTimers());

describe('a hold whose answer was lost', () => {
  const lost = entries.lost('aisdk-x');

  test('goes back when it is found', async () => {
    const { leave, names, rail, settlement, storage } = leftBehind();
    await leave(lost);
    rail.put({ taskId: 'aisdk-x' });
    const { settled } = await settlement.reconcile();
    expect(settled).toMatchObject([{ agent: 'agent', receipt: { status: 'refunded' } }]);
    expect(rail.asked).toEqual(['refund escrow-1 not-dispatched']);
    expect(names()).toEqual(['refunded']);
    expect([...storage.items]).toEqual([]);
  });

  test('is waited for until its time is over, and forgotten then', async () => {
    const { leave, remembered, settlement } = leftBehind();
    await leave(lost);
    // The clock of who wrote it may differ by a quarter of an hour.
    for (const minutes of [0, 59, 75]) {
      vi.setSystemTime(writtenAt + minutes * minute);
      expect(await settlement.reconcile()).toEqual({
        ...nothing,
        unresolved: [{ agent: 'agent' }],
      });
      expect(await remembered()).toEqual([lost]);
    }
    vi.setSystemTime(writtenAt + 75 * minute + 1);
    expect(await settlement.reconcile()).toEqual(nothing);
    expect(await remembered()).toEqual([]);
  });

  test('is not forgotten while the ledger cannot be asked', async () => {
    const { leave, rail, remembered, settlement } = leftBehind();
    await leave(lost);
    rail.failures.find.push(lineBroke());
    vi.setSystemTime(writtenAt + 61 * minute);
    expect(await settlement.reconcile()).toMatchObject({ unresolved: [{ agent: 'agent' }] });
    expect(await remembered()).toEqual([lost]);
  });

  test('that came out otherwise than it was asked for goes back as well', async () => {
    const { leave, rail, remembered, settlement } = leftBehind();
    await leave(lost);
    rail.put({ taskId: 'aisdk-x', payee: 'someone' });
    await settlement.reconcile();
    expect([rail.statusOf('escrow-1'), await remembered()]).toEqual(['refunded', []]);
  });

  test('that cannot go back now is decided on', async () => {
    const { leave, rail, remembered, settlement } = leftBehind();
    await leave(lost);
    rail.put({ taskId: 'aisdk-x' });
    rail.failures.refund.push(failure('FORBIDDEN'));
    expect(await settlement.reconcile()).toMatchObject({ unresolved: [{ agent: 'agent' }] });
    expect(await remembered()).toMatchObject([
      { type: 'settling', action: { type: 'refund', reason: 'not-dispatched' } },
    ]);
    expect(await settlement.reconcile()).toMatchObject({ settled: [{ agent: 'agent' }] });
    expect(rail.statusOf('escrow-1')).toBe('refunded');
  });
});

describe('a hold that no journal knows', () => {
  test('is told, and left', async () => {
    const { rail, settlement } = leftBehind();
    rail.put();
    const receipt = expect.objectContaining({ status: 'pending', amount: 20, payee: 'payee' });
    expect(await settlement.reconcile()).toEqual({
      ...nothing,
      unresolved: [{ escrowId: 'escrow-1', receipt }],
    });
    expect([rail.asked, rail.looked]).toEqual([[], ['list aisdk-']]);
  });

  test('goes back where it is wished for', async () => {
    const { names, rail, settlement, storage } = leftBehind();
    rail.put();
    const receipt = expect.objectContaining({ status: 'refunded', returned: 21 });
    expect(await settlement.reconcile({ orphans: 'refund' })).toEqual({
      ...nothing,
      settled: [{ escrowId: 'escrow-1', receipt }],
    });
    expect([rail.asked, names()]).toEqual([['refund escrow-1 error'], ['refunded']]);
    expect([...storage.items]).toEqual([]);
  });

  test('goes back beside the others, six at once', async () => {
    const { rail, settlement } = leftBehind();
    for (let index = 0; index < 20; index++) rail.put();
    let [atOnce, most] = [0, 0];
    const refund = rail.refund.bind(rail);
    rail.refund = async (hold) => {
      most = Math.max(most, ++atOnce);
      await new Promise(setImmediate);
      atOnce--;
      return refund(hold, {});
    };
    const { settled } = await settlement.reconcile({ orphans: 'refund' });
    expect([settled.length, most]).toEqual([20, 6]);
  });

  test('that fails in an unexpected way does not keep the others from going back', async () => {
    const { names, rail, settlement } = leftBehind();
    const [broken, ...others] = [rail.put(), rail.put(), rail.put()];
    rail.failures.refund.push(new TypeError('a defect of the rail'));
    const { settled, unresolved } = await settlement.reconcile({ orphans: 'refund' });
    expect([settled.length, unresolved.length]).toEqual([2, 1]);
    expect(unresolved).toMatchObject([{ escrowId: broken?.escrowId }]);
    expect(others.map(({ escrowId }) => rail.statusOf(escrowId))).toEqual(['refunded', 'refunded']);
    expect(names().filter((name) => name === 'refunded')).toHaveLength(2);
  });

  test('is remembered when it cannot go back now', async () => {
    const { rail, remembered, settlement } = leftBehind();
    rail.put();
    rail.failures.refund.push(failure('FORBIDDEN'));
    expect(await settlement.reconcile({ orphans: 'refund' })).toMatchObject({ unresolved: [{}] });
    expect(await remembered()).toMatchObject([{ type: 'settling' }]);
    expect(await settlement.reconcile()).toMatchObject({ settled: [{ escrowId: 'escrow-1' }] });
  });

  test.each(['report', 'refund'] as const)(
    '%s: others’ holds, settled ones and known ones are none',
    async (orphans) => {
      const { leave, provider, rail, remembered, settlement } = leftBehind({
        tasks: { 'task-1': { state: 'working' } },
      });
      rail.put({ taskId: 'litellm-1' });
      rail.put({ taskId: 'my-aisdk-1' });
      rail.put({}, { isOurs: false });
      rail.put({}, { state: { type: 'settled', settled: { status: 'refunded', returned: 21 } } });
      const known = [entries.working(rail.put()), entries.kept(rail.put())];
      await leave(...known, entries.lost('aisdk-x'));
      vi.setSystemTime(writtenAt + 10 * minute);
      const report = await settlement.reconcile({ orphans, provider });
      expect(report).toMatchObject({
        settled: [],
        open: [{}, {}],
        unresolved: [{ agent: 'agent' }],
      });
      expect(report.unresolved).toEqual([{ agent: 'agent' }]);
      expect(rail.asked).toEqual([]);
      expect(await remembered()).toHaveLength(3);
    },
  );

  test.each([
    ['the ledger cannot be asked', 'report'],
    ['the ledger cannot be asked', 'refund'],
  ] as const)('when %s (%s) the others are settled all the same', async (_, orphans) => {
    const { leave, rail, settlement } = leftBehind();
    await leave(entries.settling(rail.put()));
    rail.put();
    rail.failures.listHeld.push(lineBroke(), lineBroke());
    const report = await settlement.reconcile({ orphans });
    expect(report).toMatchObject({ settled: [{ escrowId: 'escrow-1' }], unresolved: [] });
  });

  test.each(['doGenerate', 'doStream'] as const)(
    'is no orphan while this very process works under it: %s',
    async (method) => {
      let finish = () => {};
      const agent = new ScriptedAgent({ work: () => new Promise<void>((done) => (finish = done)) });
      const { model, rail, settlement } = aSettlement({ agent });
      const answer = model[method]({ prompt: promptAfter() });
      await vi.waitFor(() => expect(agent.calls).toHaveLength(1));
      await settlement.reconcile({ orphans: 'refund' });
      expect(rail.asked).toEqual(['hold']);
      finish();
      const result = await answer;
      if ('stream' in result) await result.stream.pipeTo(new WritableStream());
      expect(rail.statusOf('escrow-1')).toBe('released');
    },
  );

  test('is no orphan while the answer to its request is on its way', async () => {
    const { model, rail, settlement } = aSettlement();
    const answer = rail.gateAnswer('hold');
    const asked = model.doGenerate({ prompt: promptAfter() });
    await vi.waitFor(() => expect(rail.statusOf('escrow-1')).toBe('held'));
    const report = await settlement.reconcile({ orphans: 'refund' });
    expect(report).toMatchObject({ ...nothing, open: [{ escrowId: 'escrow-1' }] });
    answer();
    await asked;
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });

  test.each(['input-required', 'completed'])(
    'is no orphan when its task ends %s while the ledger is asked',
    async (state) => {
      const agent = new ScriptedAgent({ state });
      const { model, rail, settlement } = aSettlement({ agent });
      const [work, list] = [rail.gateAnswer('hold'), rail.gateAnswer('listHeld')];
      const asked = model.doGenerate({ prompt: promptAfter() });
      await vi.waitFor(() => expect(rail.statusOf('escrow-1')).toBe('held'));
      const reconciled = settlement.reconcile({ orphans: 'refund' });
      await vi.waitFor(() => expect(rail.looked).toEqual(['list aisdk-']));
      work();
      await asked;
      list();
      expect(await reconciled).toMatchObject({ settled: [], unresolved: [] });
      expect(rail.asked.filter((call) => call.startsWith('refund'))).toEqual([]);
    },
  );
});

describe('a call that begins while the ledger is asked for orphans', () => {
  /** The ledger is asked after the call, and its answer has the call's hold. */
  async function listed(agent: ScriptedAgent) {
    const { model, rail, settlement } = aSettlement({ agent });
    const list = rail.gate('listHeld');
    const reconciled = settlement.reconcile({ orphans: 'refund' });
    await vi.waitFor(() => expect(rail.looked).toEqual(['list aisdk-']));
    const answer = model.doGenerate({ prompt: promptAfter() });
    await vi.waitFor(() => expect(agent.calls).toHaveLength(1));
    return { answer, list, rail, reconciled };
  }

  test('and works on, is in use', async () => {
    let finish = () => {};
    const agent = new ScriptedAgent({ work: () => new Promise<void>((done) => (finish = done)) });
    const { answer, list, rail, reconciled } = await listed(agent);
    list();
    expect(await reconciled).toMatchObject({ ...nothing, open: [{ escrowId: 'escrow-1' }] });
    finish();
    await answer;
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });

  test('and whose task waits for its caller by then, is in the journal', async () => {
    const agent = new ScriptedAgent({ state: 'input-required' });
    const { answer, list, rail, reconciled } = await listed(agent);
    await answer;
    list();
    expect(await reconciled).toMatchObject({ settled: [], unresolved: [] });
    expect(rail.asked).toEqual(['hold']);
  });
});

describe('what a crash left of an entry', () => {
  const torn = () => {
    const given = leftBehind();
    given.storage.items.set(`${journalPrefix}aisdk-x.held`, '{"agent":"ag');
    return given;
  };

  test('goes when nothing is held for it', async () => {
    const { rail, settlement, storage } = torn();
    rail.put({ taskId: 'aisdk-y' });
    await settlement.reconcile();
    expect([...storage.items]).toEqual([]);
  });

  test('stays while the hold is there, which is told', async () => {
    const { rail, settlement, storage } = torn();
    rail.put({ taskId: 'aisdk-x' });
    expect(await settlement.reconcile()).toMatchObject({ unresolved: [{ escrowId: 'escrow-1' }] });
    expect(storage.items.size).toBe(1);
  });

  test('goes with the hold, where orphans go back', async () => {
    const { rail, settlement, storage } = torn();
    rail.put({ taskId: 'aisdk-x' });
    await settlement.reconcile({ orphans: 'refund' });
    expect(rail.statusOf('escrow-1')).toBe('refunded');
    expect([...storage.items]).toEqual([]);
  });

  test('stays while the ledger cannot be asked', async () => {
    const { rail, settlement, storage } = torn();
    rail.failures.listHeld.push(lineBroke(), lineBroke());
    await settlement.reconcile();
    expect(storage.items.size).toBe(1);
  });
});

describe('a ledger that cannot be listed', () => {
  test('is asked once more', async () => {
    const { rail, settlement } = leftBehind();
    rail.put({ taskId: 'aisdk-x' });
    rail.failures.listHeld.push(lineBroke());
    expect(await settlement.reconcile()).toMatchObject({ unresolved: [{ escrowId: 'escrow-1' }] });
  });

  test.each([
    ['an error of the rail', failure('UNAUTHORIZED'), { code: 'UNAUTHORIZED' }],
    ['any other', new Error('down'), { code: 'UNKNOWN', cause: { message: 'down' } }],
  ])('and the report does not look as if all were well: %s', async (_, error, unlisted) => {
    const { rail, settlement } = leftBehind();
    rail.put({ taskId: 'aisdk-x' });
    rail.failures.listHeld.push(error, error);
    expect(await settlement.reconcile()).toMatchObject({ ...nothing, unlisted });
  });
});
