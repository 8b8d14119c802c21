import { describe, expect, test } from 'vitest';
import type { LockNote, Sale, SaleOutcome } from '../../../src/agent';
import { advanceSale, type SaleEvent } from '../../../src/agent/payment/advance-sale';
import type { OpenSale } from '../../../src/agent/payment/open-sale';

const now = new Date('2026-11-22T12:00:00.000Z');
const facts = { amount: '10', currency: 'ATE', payer: 'ann' };

/** A payment that nobody has verified. */
const shown: OpenSale = {
  sale: 'digest',
  rail: 'coins',
  begunAt: '2026-11-22T11:59:00.000Z',
  turn: 'turn',
  turnAt: '2026-11-22T11:59:00.000Z',
  expiresAt: '2026-11-22T13:00:00.000Z',
  isVerified: false,
  isLocked: false,
  phase: 'working',
  artifacts: [],
};
const noted: LockNote = {
  storedPayment: { coin: 'a' },
  expiresAt: new Date('2026-11-22T12:05:00.000Z'),
};
const locking: OpenSale = { ...shown, isLocked: true, storedPayment: noted.storedPayment };
const working: OpenSale = { ...shown, ...facts, isVerified: true };
const locked: OpenSale = { ...working, isLocked: true, storedPayment: { coin: 'a' } };
const capturing: OpenSale = { ...locked, phase: 'capturing' };
const inPart: OpenSale = { ...capturing, used: 4 };
/** A day and an hour after its time. */
const late = new Date('2026-11-23T14:00:00.000Z');

const settled: SaleOutcome = { status: 'settled', amount: '4', transaction: '0x1' };
const unsettled: SaleOutcome = { status: 'unsettled', reason: 'AWAY' };
const owed: SaleOutcome = { status: 'owed', amount: '4', owed: { escrowId: 'e' } };

function saleOf(about: Partial<Sale> = {}): Sale {
  return {
    ...facts,
    mayStream: false,
    settle: async () => settled,
    refund: async () => undefined,
    ...about,
  };
}

const note = (fact: string, more: object = {}) => ({ fact, facts: { ...facts, ...more } });

interface Step {
  from: OpenSale;
  event: SaleEvent;
  at?: Date;
  /** What changes of it. `over`: nothing is left of it. */
  to: Partial<OpenSale> | 'over';
  note?: object;
}

const steps: [string, Step][] = [
  [
    'what is not good is over',
    {
      from: shown,
      event: { type: 'refused', reason: 'too-little' },
      to: 'over',
      note: { fact: 'refused', facts: { reason: 'too-little' } },
    },
  ],
  [
    'what is about to be locked can be given back, until it may be locked no more',
    {
      from: shown,
      event: { type: 'locking', noted },
      to: {
        isLocked: true,
        storedPayment: { coin: 'a' },
        expiresAt: '2026-11-22T12:05:00.000Z',
      },
    },
  ],
  [
    'what nobody knows to be locked is given back later',
    {
      from: locking,
      event: { type: 'refused', reason: 'slow', mayBeLocked: true },
      to: { phase: 'refunding', turnAt: now.toISOString() },
      note: { fact: 'refused', facts: { reason: 'slow' } },
    },
  ],
  [
    'what is locked for a task that waits, and cannot be asked for, is given back later',
    {
      from: locked,
      event: { type: 'refused', reason: 'unverifiable', mayBeLocked: true },
      to: { phase: 'refunding', turnAt: now.toISOString() },
      note: { fact: 'refused', facts: { reason: 'unverifiable' } },
    },
  ],
  [
    'what was not locked after all is over',
    {
      from: locking,
      event: { type: 'refused', reason: 'spent' },
      to: 'over',
      note: { fact: 'refused', facts: { reason: 'spent' } },
    },
  ],
  [
    'what was never about to be locked is over, whatever its rail says',
    {
      from: shown,
      event: { type: 'refused', reason: 'slow', mayBeLocked: true },
      to: 'over',
      note: { fact: 'refused', facts: { reason: 'slow' } },
    },
  ],
  [
    'what was refused is given back without a word in the books',
    {
      from: { ...locking, phase: 'refunding' },
      event: { type: 'refunded', outcome: { status: 'settled', amount: 0 } },
      to: 'over',
    },
  ],
  [
    'what is good is known from then on',
    {
      from: shown,
      event: { type: 'verified', sale: saleOf() },
      to: { ...facts, isVerified: true },
      note: note('verified'),
    },
  ],
  [
    'what may be shown, and cannot be read again, is not locked for the agent',
    {
      from: shown,
      event: { type: 'verified', sale: saleOf({ mayStream: true }) },
      to: { ...facts, isVerified: true },
      note: note('verified'),
    },
  ],
  [
    'what is locked can be taken until its rail says',
    {
      from: shown,
      event: {
        type: 'verified',
        sale: saleOf({
          mayStream: true,
          storedPayment: { coin: 'a' },
          expiresAt: new Date('2026-12-01T00:00:00.000Z'),
        }),
      },
      to: {
        ...facts,
        isVerified: true,
        isLocked: true,
        storedPayment: { coin: 'a' },
        captureBy: '2026-12-01T00:00:00.000Z',
        expiresAt: '2026-12-01T00:00:00.000Z',
      },
      note: note('verified'),
    },
  ],
  [
    'a payment that goes on with its task is in the books already',
    { from: working, event: { type: 'verified', sale: saleOf() }, to: {} },
  ],
  [
    'a payment that another one replaces was not charged',
    { from: working, event: { type: 'replaced' }, to: 'over', note: note('refunded') },
  ],
  [
    'one that nobody verified is not in the books',
    { from: shown, event: { type: 'replaced' }, to: 'over' },
  ],
  [
    'a question keeps what was made',
    {
      from: working,
      event: { type: 'asked', artifacts: ['bread'] },
      to: { phase: 'waiting', artifacts: ['bread'] },
    },
  ],
  [
    'work that is not locked for is noted',
    {
      from: working,
      event: { type: 'worked', used: 4 },
      to: {},
      note: note('worked', { amount: 4 }),
    },
  ],
  [
    'work that is locked for is to be captured',
    {
      from: locked,
      event: { type: 'worked', used: 4 },
      to: { phase: 'capturing', used: 4 },
      note: note('worked', { amount: 4 }),
    },
  ],
  [
    'work is not worth more than was to be had',
    {
      from: locked,
      event: { type: 'worked', used: 40 },
      to: { phase: 'capturing', used: 40 },
      note: note('worked'),
    },
  ],
  [
    'work that is worth no amount is worth all',
    { from: working, event: { type: 'worked', used: Number.NaN }, to: {}, note: note('worked') },
  ],
  [
    'what was taken is over',
    {
      from: working,
      event: { type: 'settled', outcome: settled },
      to: 'over',
      note: note('settled', settled),
    },
  ],
  [
    'what the payer has to release is over for the agent',
    {
      from: working,
      event: { type: 'settled', outcome: owed },
      to: 'over',
      note: note('owed', owed),
    },
  ],
  [
    'what could not be taken, and was not shown, is over',
    {
      from: working,
      event: { type: 'settled', outcome: unsettled },
      to: 'over',
      note: note('unsettled', unsettled),
    },
  ],
  [
    'what is locked and could not be taken is taken later',
    {
      from: capturing,
      event: { type: 'settled', outcome: unsettled },
      to: {},
      note: note('owed', unsettled),
    },
  ],
  [
    'a part of what is locked is not asked for twice',
    {
      from: inPart,
      event: { type: 'settled', outcome: unsettled },
      to: 'over',
      note: note('unsettled', unsettled),
    },
  ],
  [
    'what is taken later is over',
    {
      from: capturing,
      event: { type: 'captured', outcome: settled },
      to: 'over',
      note: note('settled', settled),
    },
  ],
  [
    'what cannot be taken later is tried again',
    {
      from: capturing,
      event: { type: 'captured', outcome: unsettled },
      to: { turnAt: now.toISOString() },
    },
  ],
  [
    'what cannot even be asked for is tried again',
    {
      from: capturing,
      event: { type: 'captured', outcome: undefined },
      to: { turnAt: now.toISOString() },
    },
  ],
  [
    'what cannot be taken until its time is over is not resolved',
    {
      from: capturing,
      event: { type: 'captured', outcome: unsettled },
      at: late,
      to: 'over',
      note: note('unresolved'),
    },
  ],
  [
    'whether a part was taken nobody can say',
    {
      from: inPart,
      event: { type: 'captured', outcome: undefined },
      to: 'over',
      note: note('unresolved'),
    },
  ],
  [
    'what there is nothing to give back of is over',
    {
      from: working,
      event: { type: 'refunded', outcome: undefined },
      to: 'over',
      note: note('refunded'),
    },
  ],
  [
    'what was given back is over',
    {
      from: locked,
      event: { type: 'refunded', outcome: { status: 'settled', amount: 0, transaction: '0x2' } },
      to: 'over',
      note: note('refunded', { transaction: '0x2' }),
    },
  ],
  [
    'what a scheme has taken before the work is settled',
    {
      from: locked,
      event: { type: 'refunded', outcome: { ...settled, reason: 'TAKEN_BEFORE_THE_WORK' } },
      to: 'over',
      note: note('settled', { reason: 'TAKEN_BEFORE_THE_WORK', transaction: '0x1' }),
    },
  ],
  [
    'what could not be given back is given back later',
    {
      from: locked,
      event: { type: 'refunded', outcome: unsettled },
      to: { phase: 'refunding', turnAt: now.toISOString() },
    },
  ],
  [
    'what could not be given back until its time is over is its payer’s again',
    {
      from: { ...locked, phase: 'refunding' },
      event: { type: 'refunded', outcome: unsettled },
      at: late,
      to: 'over',
      note: note('refunded', { reason: 'AWAY' }),
    },
  ],
  [
    'what nobody verified, and cannot be given back, is not in the books',
    { from: shown, event: { type: 'refunded', outcome: unsettled }, to: 'over' },
  ],
  [
    'what was being taken by a process that died is not resolved',
    { from: working, event: { type: 'lost' }, to: 'over', note: note('unresolved') },
  ],
];

describe('a payment', () => {
  test.each(steps)('%s', (_, { at = now, event, from, note: noted, to }) => {
    const before = structuredClone(from);
    const step = advanceSale(from, event, at);
    expect(step.sale).toEqual(to === 'over' ? undefined : { ...from, ...to });
    expect(step.note).toEqual(noted);
    expect(from).toEqual(before);
  });
});
