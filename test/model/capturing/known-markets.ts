import { plainSale, type Market } from './sale';

const plainMarket: Omit<Market, 'sales'> = {
  journal: 'shared',
  writeAhead: false,
  hasLedger: true,
  cancels: false,
  scheme: 'exact',
  tokenVersion: 2,
  validSeconds: 600,
  limits: 'per call',
  isNeverminedFirst: false,
  hasList: false,
  skews: [0],
  seed: 1,
};

const plan = { ...plainSale, seller: 'plan' as const };

/** What once went wrong, made small. */
export const knownMarkets: Market[] = [
  // A token that no agent had seen was pending until it ended, and then counted as charged.
  { ...plainMarket, sales: [{ ...plan, refusals: { from: 0, count: 1 } }] },
  // What the chain said of a kept payment after its time was told to nobody.
  { ...plainMarket, sales: [{ ...plainSale, turn: 'asks back', isTwice: true, crowd: 3 }] },
  // Two who reconcile at once asked the rail that stands first about a payment of the other one.
  {
    ...plainMarket,
    journal: 'atomic',
    writeAhead: true,
    sales: [
      {
        ...plan,
        turn: 'asks back',
        caller: 'stream',
        crowd: 3,
        dies: 'while the agent works, its journal written',
      },
      { ...plainSale, dies: { request: 0, when: 'before' } },
    ],
  },
  // An agent said what it had taken, and then waited for ever: it counted as all that was held.
  {
    ...plainMarket,
    sales: [{ ...plan, turn: 'asks back', takes: 'as it begins', percent: 50, isTwice: true }],
  },
  // One charge was told of twice: of the hold that had ended, and of that of the next turn.
  {
    ...plainMarket,
    hasLedger: false,
    sales: [
      { ...plan, turn: 'asks back', isElsewhere: true, pauseMs: 40 * 60_000 },
      { ...plan, percent: 300, continues: 'by messages', meanwhile: 'reconcile' },
    ],
  },
  // Whoever reconciled while another looked took what paid the second message for the first one's.
  {
    ...plainMarket,
    writeAhead: true,
    sales: [
      {
        ...plan,
        welcome: 'asks again once',
        takesOnFailure: true,
        tells: 'of its task only',
        meanwhile: 'reconcile',
        lagMs: 1000,
      },
    ],
  },
];
