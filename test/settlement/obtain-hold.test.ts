import { describe, expect, test } from 'vitest';
import type { HoldRequest, SettlementError, SettlementRail } from '../../src/rails/rail';
import { findHold, LostHoldError, obtainHold } from '../../src/settlement/hold/obtain-hold';
import { failure, FakeRail, lineBroke } from './fake-rail';

const request: HoldRequest = { taskId: 'aisdk-x', payee: 'payee', amount: 10, ttlMinutes: 60 };

const obtain = (rail: SettlementRail, attempts = 2) =>
  obtainHold(rail, request, { attempts, initialMs: 0.1 });

const asks = (count: number) => Array<string>(count).fill('hold');
const looks = (count: number) => Array<string>(count).fill('find aisdk-x');

/** The requests of a rail, as they were sent. */
function spied(rail: FakeRail): HoldRequest[] {
  const requests: HoldRequest[] = [];
  const hold = rail.hold.bind(rail);
  rail.hold = async (sent) => {
    requests.push(sent);
    return hold(sent);
  };
  return requests;
}

/** Where a hold was made: one whose answer was lost, or one that says the task has a hold already. */
const doubts: [string, () => SettlementError][] = [
  ['the line broke', lineBroke],
  ['a fault of the exchange', () => failure('UPSTREAM', { isRetryable: true })],
  ['no answer in time', () => failure('TIMEOUT', { isRetryable: true })],
  ['a duplicate task', () => failure('DUPLICATE_TASK')],
  ['a key used for something else', () => failure('IDEMPOTENCY_CONFLICT')],
];

describe.each(doubts)('after %s', (_, doubt) => {
  test('the hold is found, adopted, and not asked for again', async () => {
    const rail = new FakeRail();
    rail.lostAnswers.hold.push(doubt());
    expect(await obtain(rail)).toMatchObject({ taskId: 'aisdk-x', escrowId: 'escrow-1' });
    expect([rail.asked, rail.looked]).toEqual([asks(1), looks(1)]);
  });

  test.each([
    ['payee', { payee: 'someone' }],
    ['amount', { amount: 11 }],
    ['amount, less of it', { amount: 9 }],
  ])('a hold with another %s is not adopted', async (__, other) => {
    const rail = new FakeRail();
    rail.put({ taskId: 'aisdk-x', payee: 'payee', amount: 10, ...other });
    rail.failures.hold.push(doubt(), doubt());
    await expect(obtain(rail)).rejects.toBeInstanceOf(LostHoldError);
  });

  test('of a ledger that cannot be asked, the hold may be lost', async () => {
    const rail = new FakeRail();
    const errors = [doubt(), doubt()];
    rail.failures.hold.push(...errors);
    rail.failures.find.push(lineBroke(), lineBroke());
    const thrown: unknown = await obtain(rail).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(LostHoldError);
    expect(errors).toContain(thrown instanceof LostHoldError && thrown.error);
  });

  test('on a rail that has no way to look, the hold may be lost', async () => {
    const rail = new FakeRail();
    rail.failures.hold.push(doubt(), doubt());
    const { find, ...blind } = bound(rail);
    expect(find).toBeDefined();
    await expect(obtain(blind)).rejects.toBeInstanceOf(LostHoldError);
  });
});

describe('where nothing is found', () => {
  test('the same request is sent again', async () => {
    const rail = new FakeRail();
    const requests = spied(rail);
    rail.failures.hold.push(lineBroke());
    expect(await obtain(rail)).toMatchObject({ taskId: 'aisdk-x' });
    expect([rail.asked, rail.looked]).toEqual([asks(2), looks(1)]);
    expect(requests).toEqual([request, request]);
    expect(rail.ledger.size).toBe(1);
  });

  test('it is looked for after each try, and counts as lost when they are used up', async () => {
    const rail = new FakeRail();
    rail.failures.hold.push(lineBroke(), lineBroke(), lineBroke());
    await expect(obtain(rail, 3)).rejects.toBeInstanceOf(LostHoldError);
    expect([rail.asked, rail.looked]).toEqual([asks(3), looks(3)]);
  });

  test('a slow exchange is not asked twice', async () => {
    const rail = new FakeRail();
    rail.failures.hold.push(failure('TIMEOUT', { isRetryable: true }));
    await expect(obtain(rail, 5)).rejects.toBeInstanceOf(LostHoldError);
    expect([rail.asked, rail.looked]).toEqual([asks(1), looks(1)]);
  });

  test.each(['INSUFFICIENT_BALANCE', 'UNAUTHORIZED', 'VALIDATION'] as const)(
    'a %s after that is no word on the first request',
    async (code) => {
      const rail = new FakeRail();
      rail.failures.hold.push(lineBroke(), failure(code));
      const thrown: unknown = await obtain(rail).catch((error: unknown) => error);
      expect(thrown instanceof LostHoldError && thrown.error.code).toBe(code);
    },
  );
});

test('an answer nobody can read does not say that nothing is held', async () => {
  const rail = new FakeRail();
  rail.lostAnswers.hold.push(failure('UNEXPECTED_ANSWER', { statusCode: 201 }));
  const outcome: unknown = await obtain(rail).catch((error: unknown) => error);
  const isAdopted = typeof outcome === 'object' && outcome !== null && 'escrowId' in outcome;
  expect((isAdopted && outcome.escrowId) || outcome instanceof LostHoldError).toBeTruthy();
});

describe('without doubt', () => {
  test.each(['INSUFFICIENT_BALANCE', 'UNAUTHORIZED', 'NOT_CONFIGURED'] as const)(
    '%s is thrown as it is, at once',
    async (code) => {
      const rail = new FakeRail();
      const error = failure(code);
      rail.failures.hold.push(error);
      await expect(obtain(rail)).rejects.toBe(error);
      expect([rail.asked, rail.looked]).toEqual([asks(1), []]);
    },
  );

  test.each(['NETWORK', 'RATE_LIMITED'] as const)(
    '%s is tried again with no look: nothing can have been held',
    async (code) => {
      const facts = { isRetryable: true, isDispatched: code === 'RATE_LIMITED' };
      const rail = new FakeRail();
      rail.failures.hold.push(failure(code, facts));
      expect(await obtain(rail)).toMatchObject({ taskId: 'aisdk-x' });
      expect([rail.asked, rail.looked]).toEqual([asks(2), []]);
      const [first, last] = [failure(code, facts), failure(code, facts)];
      rail.failures.hold.push(first, last);
      await expect(obtain(rail)).rejects.toBe(last);
      expect(rail.looked).toEqual([]);
    },
  );

  test('an error that is not of the rail is thrown on', async () => {
    const rail = new FakeRail();
    const error = new TypeError('not a function');
    rail.failures.hold.push(error);
    await expect(obtain(rail)).rejects.toBe(error);
  });
});

test.each([
  ['what was asked for', {}, 'found'],
  ['another payee', { payee: 'someone' }, 'found'],
  ['another amount', { amount: 11 }, 'found'],
  ['another task', { taskId: 'aisdk-y' }, 'absent'],
])('findHold: %s', async (_, other, type) => {
  const rail = new FakeRail();
  rail.put({ taskId: 'aisdk-x', payee: 'payee', amount: 10, ...other });
  expect((await findHold(rail, request)).type).toBe(type);
});

/** A rail as a plain object, of which parts can be left out. */
function bound(rail: FakeRail) {
  return {
    name: rail.name,
    capabilities: rail.capabilities,
    assertConfigured: () => rail.assertConfigured(),
    terms: () => rail.terms(),
    hold: (sent: HoldRequest) => rail.hold(sent),
    release: rail.release.bind(rail),
    refund: rail.refund.bind(rail),
    find: rail.find.bind(rail),
    decorate: rail.decorate.bind(rail),
  } satisfies SettlementRail;
}
