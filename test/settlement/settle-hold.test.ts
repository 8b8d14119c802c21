import { describe, expect, test } from 'vitest';
import { SettlementError, type Settled, type SettlementErrorCode } from '../../src/rails/rail';
import type { SettlementAction } from '../../src/settlement/state/settlement-state';
import { settleHold } from '../../src/settlement/hold/settle-hold';
import { FakeRail, lineBroke } from './fake-rail';

const backoff = { attempts: 3, initialMs: 0.1 };
const dispute: SettlementAction = { type: 'dispute', reason: 'verification-failed', stake: 12 };

async function held() {
  const rail = new FakeRail();
  const hold = await rail.hold({ taskId: 't', payee: 'payee', amount: 10, ttlMinutes: 60 });
  rail.asked.length = 0;
  return { rail, hold };
}

function failure(code: SettlementErrorCode, isRetryable = false) {
  return new SettlementError({ code, message: code, isRetryable });
}

test('a part is asked for at each try', async () => {
  const { rail, hold } = await held();
  rail.failures.release.push(failure('NETWORK', true));
  const settled = await settleHold(rail, hold, { type: 'release', amount: 4 }, backoff);
  expect(settled).toEqual({ status: 'partially-released', amount: 4, fee: 0, returned: 7 });
  expect(rail.asked).toEqual(['release escrow-1 4', 'release escrow-1 4']);
});

describe('an answer that makes no sense', () => {
  const action = { type: 'release' } as const;

  test('after the deed is looked up', async () => {
    const { rail, hold } = await held();
    rail.lostAnswers.release.push(failure('UNEXPECTED_ANSWER'));
    const settled = await settleHold(rail, hold, action, backoff);
    expect(settled).toMatchObject({ status: 'released', amount: 10 });
    expect([rail.asked, rail.looked]).toEqual([['release escrow-1'], ['look escrow-1']]);
  });

  test('instead of the deed is asked for again', async () => {
    const { rail, hold } = await held();
    rail.failures.release.push(failure('UNEXPECTED_ANSWER'));
    const settled = await settleHold(rail, hold, action, backoff);
    expect(settled).toMatchObject({ status: 'released', amount: 10 });
    expect(rail.asked).toEqual(['release escrow-1', 'release escrow-1']);
  });
});

describe('a dispute', () => {
  test('is opened, and tried again while that may help', async () => {
    const { rail, hold } = await held();
    rail.failures.dispute.push(failure('NETWORK', true));
    expect(await settleHold(rail, hold, dispute, backoff)).toEqual({
      status: 'disputed',
      stake: 12,
    });
    expect(rail.asked).toEqual(Array(2).fill('dispute escrow-1 verification-failed 12'));
  });

  test.each(['INSUFFICIENT_BALANCE', 'INVALID_AMOUNT', 'FORBIDDEN'] as const)(
    'that is refused with %s becomes a refund',
    async (code) => {
      const { rail, hold } = await held();
      rail.failures.dispute.push(failure(code));
      expect(await settleHold(rail, hold, dispute, backoff)).toEqual({
        status: 'refunded',
        returned: 11,
      });
      expect(rail.asked.at(-1)).toBe('refund escrow-1 verification-failed');
    },
  );

  test.each([
    ['ALREADY_SETTLED', false],
    ['UNEXPECTED_ANSWER', false],
    ['NETWORK', true],
  ] as const)('that ends in %s is never followed by a refund', async (code, isRetryable) => {
    const { rail, hold } = await held();
    rail.failures.dispute.push(...Array.from({ length: 3 }, () => failure(code, isRetryable)));
    await expect(settleHold(rail, hold, dispute, backoff)).rejects.toMatchObject({ code });
    expect(new Set(rail.asked)).toEqual(new Set(['dispute escrow-1 verification-failed 12']));
  });
});

test('after its deadline no further try begins', async () => {
  const { rail, hold } = await held();
  rail.failures.release.push(failure('NETWORK', true));
  const late = { ...backoff, deadlineMs: -1 };
  const settling = settleHold(rail, hold, { type: 'release' }, late);
  await expect(settling).rejects.toMatchObject({ code: 'NETWORK' });
  expect(rail.asked).toEqual(['release escrow-1']);
});

test.each([
  [{ type: 'release' }, { status: 'late' }],
  [
    { type: 'refund', reason: 'task-failed' },
    { status: 'refunded', returned: 21 },
  ],
] as const)(
  'a hold that turns out to have lapsed is not asked for again: %j',
  async (action, end) => {
    const rail = new FakeRail();
    const hold = rail.put({}, { state: { type: 'lapsed' } });
    rail.failures[action.type].push(lineBroke());
    expect(await settleHold(rail, hold, action, backoff)).toEqual(end);
    expect(rail.asked).toHaveLength(1);
  },
);

describe('an answer that was lost: the ledger has the hold', () => {
  const actions = {
    release: { type: 'release' },
    refund: { type: 'refund', reason: 'task-failed' },
    dispute,
  } as const satisfies Record<string, SettlementAction>;
  const ends = {
    released: { status: 'released', amount: 20, fee: 1 },
    'partially-released': { status: 'partially-released', amount: 4, fee: 0, returned: 17 },
    refunded: { status: 'refunded', returned: 21 },
    disputed: { status: 'disputed', stake: 12 },
  } as const satisfies Record<string, Settled>;
  const fitting: Record<keyof typeof actions, string[]> = {
    release: ['released', 'partially-released'],
    refund: ['refunded'],
    // A dispute that was ruled on, or could not be opened.
    dispute: ['disputed', 'refunded'],
  };
  const cases = Object.values(actions).flatMap((action) =>
    Object.values(ends).map((end) => ({
      action,
      end,
      fits: fitting[action.type].includes(end.status),
    })),
  );

  test.each(cases)('$action.type, $end.status: as asked $fits', async ({ action, end, fits }) => {
    const rail = new FakeRail();
    const hold = rail.put({}, { state: { type: 'settled', settled: end } });
    rail.failures[action.type].push(lineBroke());
    const settling = settleHold(rail, hold, action, backoff);
    if (fits) expect(await settling).toEqual(end);
    else {
      await expect(settling).rejects.toMatchObject({
        code: 'ALREADY_SETTLED',
        state: end.status,
        escrowId: 'escrow-1',
      });
    }
    expect(rail.asked).toHaveLength(1);
  });
});
