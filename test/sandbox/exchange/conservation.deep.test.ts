import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createExchange, type Exchange } from '../../../src/sandbox/exchange/create-exchange';
import { connect, fakeClock } from './exchange-client';

const ACCOUNTS = 3;
const account = fc.nat(ACCOUNTS - 1);
/** Points at one of the escrows there are so far. */
const which = fc.nat(30);
const amount = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: -5, max: 11_000 }));
const ttl = fc.option(fc.integer({ min: -2, max: 90 }), { nil: undefined });
const task = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined });

const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('hold' as const),
      payer: account,
      payee: account,
      amount,
      ttl,
      task,
      upstream: fc.option(which, { nil: undefined }),
    }),
  },
  fc.record({ kind: fc.constant('batch' as const), payer: account, payee: account, amount, task }),
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('release' as const), by: account, which }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('refund' as const), by: account, which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('partial' as const),
      by: account,
      which,
      percent: fc.integer({ min: 0, max: 100 }),
      review: fc.boolean(),
    }),
  },
  fc.record({ kind: fc.constant('dispute' as const), by: account, which, stake: fc.nat(30) }),
  fc.record({ kind: fc.constant('deliver' as const), by: account, which }),
  fc.record({ kind: fc.constant('deposit' as const), by: account, amount }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

const step = fc.oneof(
  { weight: 4, arbitrary: fc.array(operation, { minLength: 1, maxLength: 4 }) },
  fc.integer({ min: 1, max: 5000 }),
);

const schedules = fc.array(step, { maxLength: 60, size: 'max' });

/** At once, at the next round, or only when somebody opens or settles an escrow. */
const sweepTimes = fc.constantFrom(0, 60 * 60_000, Number.POSITIVE_INFINITY);

it('never makes or loses a token, whatever happens at once and whatever lapses', async () => {
  await fc.assert(
    fc.asyncProperty(schedules, sweepTimes, async (steps, sweepAfterMs) => {
      const clock = fakeClock();
      const exchange = createExchange({ now: clock.now, sweepAfterMs });
      const accounts = Array.from({ length: ACCOUNTS }, (_, index) => {
        const { accountId, apiKey } = exchange.register(`account-${index}`);
        return { accountId, client: connect(exchange, apiKey) };
      });
      const ended = new Map<string, string>();

      for (const next of steps) {
        if (typeof next === 'number') {
          clock.advanceMinutes(next);
        } else {
          await Promise.all(next.map((each) => perform(exchange, accounts, each)));
        }
        expectConserved(exchange, ended);
      }
      await expectHeldIsBacked(exchange, accounts);
    }),
    { numRuns: 200 },
  );
}, 120_000);

interface Party {
  accountId: string;
  client: ReturnType<typeof connect>;
}

async function perform(exchange: Exchange, accounts: Party[], it: Operation): Promise<void> {
  const { escrows } = exchange.ledger();
  const idOf = (index: number) => escrows[index % Math.max(escrows.length, 1)]?.id ?? 'none';
  const clientOf = (index: number) => accounts[index]?.client ?? connect(exchange);
  const terms = (hold: { payee: number; amount: number; task: string | undefined }) => {
    const provider = accounts[hold.payee]?.accountId;
    return { provider_id: provider, amount: hold.amount, task_id: hold.task };
  };

  if (it.kind === 'hold') {
    const upstream = it.upstream === undefined ? {} : { depends_on: [idOf(it.upstream)] };
    const body = { ...terms(it), ttl_minutes: it.ttl, ...upstream };
    await clientOf(it.payer).post('/exchange/escrow', body);
  } else if (it.kind === 'batch') {
    const escrows = [terms(it), { ...terms(it), task_id: undefined, depends_on: ['$0'] }];
    await clientOf(it.payer).post('/exchange/escrow/batch', { escrows });
  } else if (it.kind === 'deposit') {
    await clientOf(it.by).post('/exchange/deposit', { amount: it.amount });
  } else {
    const id = idOf(it.which);
    const client = clientOf(it.by);
    const body = { escrow_id: id };
    if (it.kind === 'deliver') {
      await client.post(`/exchange/escrow/${id}/deliver`, { content: 'done' });
    } else if (it.kind === 'dispute') {
      await client.post('/exchange/dispute', { ...body, reason: 'no', stake_amount: it.stake });
    } else if (it.kind === 'partial') {
      const review = it.review ? { efficacy_check_at: '2031-01-01T00:00:00Z' } : {};
      const partial = { ...body, release_percent: it.percent, ...review };
      await client.post(`/exchange/escrow/${id}/partial-release`, partial);
    } else {
      await client.post(`/exchange/${it.kind}`, body);
    }
  }
}

/** Tokens are conserved, no balance is negative, and what has ended stays ended as it did. */
function expectConserved(exchange: Exchange, ended: Map<string, string>): void {
  const { accounts, escrows, minted, treasury } = exchange.ledger();
  const owned = accounts.reduce((sum, { available, held }) => sum + available + held, 0);
  expect(owned + treasury).toBe(minted);
  for (const { available, held, earned, spent } of accounts) {
    expect(Math.min(available, held, earned, spent)).toBeGreaterThanOrEqual(0);
  }
  for (const { id, status } of escrows) {
    expect(ended.get(id) ?? status).toBe(status);
    if (['released', 'refunded', 'expired'].includes(status)) ended.set(id, status);
  }
}

/** What an account has in `held` is exactly what its open escrows and stakes add up to. */
async function expectHeldIsBacked(exchange: Exchange, accounts: Party[]): Promise<void> {
  const { escrows, accounts: balances } = exchange.ledger();
  const backing = new Map(balances.map(({ id }) => [id, 0]));
  const add = (id: string, tokens: number) => backing.set(id, (backing.get(id) ?? 0) + tokens);
  for (const { id, requesterId } of escrows) {
    const escrow = await accounts[0]?.client.escrow(id);
    if (escrow === undefined) continue;
    const disputed = escrow.status === 'evidence_pending';
    if (disputed || escrow.status === 'held') {
      add(requesterId, escrow.amount + escrow.fee_amount);
    }
    if (escrow.status === 'partially_released') {
      add(requesterId, (escrow.holdback_amount ?? 0) + (escrow.holdback_fee ?? 0));
    }
    if (disputed && escrow.dispute_filed_by !== null) {
      add(escrow.dispute_filed_by, escrow.dispute_stake_amount ?? 0);
    }
  }
  for (const { id, held } of balances) expect(held).toBe(backing.get(id));
}
