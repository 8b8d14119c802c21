import type { CallFigures, DemoFigures, HoldFigures, Movement } from './demo-figures';

/** Lists the figures that differ from their expected values. Empty when all are correct. */
export function checkFigures(figures: DemoFigures): string[] {
  const seen = flatten(figures);
  const must = flatten(figuresAsTheyMustBe);
  const differences = [...new Set([...must.keys(), ...seen.keys()])]
    .filter((path) => seen.get(path) !== must.get(path))
    .map(
      (path) => `${path}: ${seen.get(path) ?? 'missing'}, must be ${must.get(path) ?? 'absent'}`,
    );

  // Implied by the figures above. Checked separately because it is what the demo shows.
  const accounts = Object.values(figures.balances);
  const before = accounts.reduce((sum, account) => sum + account.before, 0);
  const after = accounts.reduce((sum, account) => sum + account.after, 0);
  return before === after
    ? differences
    : [...differences, `all accounts: ${after} tokens after, must be ${before} as before`];
}

/** Expected values, written by hand: the prices, a fee of 1 token, and 1000 tokens at the start. */
export const figuresAsTheyMustBe: DemoFigures = {
  calls: {
    'call 1': paid({ hold: 1, amount: 5, from: 1000 }),
    'call 2': paid({ hold: 2, amount: 10, from: 994 }),
    'call 3': refunded({ hold: 3, amount: 10, from: 983 }),
    'call 4': {
      movements: [
        { event: 'held', hold: 4, amount: 15, fee: 1, captured: 0, returned: 0, balance: 967 },
        { event: 'kept', hold: 4, amount: 15, fee: 1, captured: 0, returned: 0, balance: 967 },
        { event: 'released', hold: 4, amount: 15, fee: 1, captured: 15, returned: 0, balance: 967 },
      ],
      receipts: ['kept', 'released'],
      unpaidWarnings: 0,
    },
    'call 5': refunded({ hold: 5, amount: 25, from: 967 }),
    'call 6': {
      movements: [
        { event: 'unsettled', hold: 0, amount: 0, fee: 0, captured: 0, returned: 0, balance: 967 },
      ],
      receipts: ['unsettled'],
      unpaidWarnings: 1,
    },
  },
  balances: {
    you: { before: 1000, after: 967, held: 0 },
    'weather agent': { before: 0, after: 5, held: 0 },
    'web agent': { before: 0, after: 10, held: 0 },
    'failing agent': { before: 0, after: 0, held: 0 },
    'booking agent': { before: 0, after: 15, held: 0 },
    'research agent': { before: 0, after: 0, held: 0 },
    'exchange (fees)': { before: 0, after: 3, held: 0 },
  },
  escrows: ['released', 'released', 'refunded', 'released', 'refunded'],
  holds: [
    hold('weather agent', 'exchange', 'ATE', { held: '6', released: '6' }),
    hold('web agent', 'exchange', 'ATE', { held: '11', released: '11' }),
    hold('failing agent', 'exchange', 'ATE', { held: '11', refunded: '11' }),
    hold('booking agent', 'exchange', 'ATE', { held: '16', released: '16' }),
    hold('research agent', 'exchange', 'ATE', { held: '26', refunded: '26' }),
    hold('answer agent', 'x402', 'USDC', { held: '0.25', released: '0.25' }),
    hold('answer agent', 'x402', 'USDC', { held: '0.25', pending: '0.25' }),
    hold('rhyme agent', 'nevermined', 'credits', { held: '5', released: '5' }),
    hold('rhyme agent', 'nevermined', 'credits', { held: '5', taken: '5' }),
  ],
  sums: {
    ATE: { held: '70', released: '33', refunded: '37', taken: '0', pending: '0' },
    USDC: { held: '0.5', released: '0.25', refunded: '0', taken: '0', pending: '0.25' },
    credits: { held: '10', released: '5', refunded: '0', taken: '5', pending: '0' },
  },
  purses: {
    ATE: { before: '1000', after: '967' },
    USDC: { before: '10', after: '9.75' },
    credits: { before: '100', after: '90' },
  },
};

function hold(
  agent: string,
  rail: string,
  currency: string,
  figures: Partial<HoldFigures>,
): HoldFigures {
  const nothing = { held: '0', released: '0', refunded: '0', taken: '0', pending: '0' };
  return { agent, rail, currency, ...nothing, ...figures };
}

interface Price {
  hold: number;
  amount: number;
  /** The balance before the call. */
  from: number;
}

function paid({ hold, amount, from }: Price): CallFigures {
  const held = { hold, amount, fee: 1, captured: 0, returned: 0, balance: from - amount - 1 };
  const movements: Movement[] = [
    { event: 'held', ...held },
    { event: 'released', ...held, captured: amount },
  ];
  return { movements, receipts: ['released'], unpaidWarnings: 0 };
}

function refunded({ hold, amount, from }: Price): CallFigures {
  const held = { hold, amount, fee: 1, captured: 0, returned: 0, balance: from - amount - 1 };
  const movements: Movement[] = [
    { event: 'held', ...held },
    { event: 'refunded', ...held, returned: amount + 1, balance: from },
  ];
  return { movements, receipts: [], unpaidWarnings: 0 };
}

/** Every leaf value, with a readable path. */
function flatten(value: unknown, path: string[] = []): Map<string, unknown> {
  if (typeof value !== 'object' || value === null) {
    return new Map([[path.join(', '), value]]);
  }
  return new Map(
    Object.entries(value).flatMap(([key, child]) => [
      ...flatten(child, isGrouping(key, path) ? path : [...path, nameOf(key)]),
    ]),
  );
}

function isGrouping(key: string, path: string[]): boolean {
  return path.length === 0 && (key === 'calls' || key === 'balances');
}

/** List positions count from 1. */
function nameOf(key: string): string {
  return /^\d+$/.test(key) ? String(Number(key) + 1) : key;
}
