import fc from 'fast-check';
import { lineFaults, type LineFault } from './line';

/** What the agent does once it is content with its payment. */
type SellerTurn =
  | 'completes'
  | 'delivers rubbish'
  | 'asks back'
  | 'fails'
  | 'rejects'
  | 'cuts the line'
  | 'ends without a finish'
  | 'is silent until it is stopped'
  | 'completes when it is stopped';

/** What an agent asks for that is not paid yet. */
type Wish =
  | 'its price'
  | 'its price, with HTTP 402'
  | 'nothing'
  | 'more than a call may cost'
  | 'another payee'
  | 'another currency'
  | 'an unknown asset';

/** What it does with a payment that it got. */
type Welcome = 'takes it' | 'asks again once' | 'asks again' | 'asks for more';

/** One call of an application, with what goes wrong around it. */
export interface Sale {
  /** `coin` says on its card that it asks, `mute` says nothing; `plan` names its price in credits. */
  seller: 'coin' | 'mute' | 'plan';
  turn: SellerTurn;
  wish: Wish;
  welcome: Welcome;
  /** When the agent takes the money. */
  takes: 'as it begins' | 'at its end' | 'later' | 'too late' | 'never';
  /** Milliseconds after its end, with `later`. */
  laterMs: number;
  /** How much: of the price, in percent. What its ledger does not let it take, it does not get. */
  percent: 50 | 100 | 300;
  /** It takes again what it has taken. */
  isTwice: boolean;
  takesOnFailure: boolean;
  /** What it says of it. */
  tells: 'in its answer' | 'of its task only' | 'nothing' | 'lies';
  continues: 'no' | 'by messages' | 'by task id';
  caller: 'generate' | 'stream' | 'generateText' | 'streamText';
  consumer: 'reads all' | 'leaves' | 'never reads' | 'aborts' | 'aborts as it signs';
  /** Tries that do not reach the agent, counted from the one with this number. */
  refusals: { from: number; count: number };
  twin: 'none' | 'here' | 'elsewhere';
  crowd: number;
  approves: boolean;
  faults: LineFault[];
  lagMs: number;
  goesDown: 'no' | 'before signing' | 'after signing';
  dies:
    | 'no'
    | 'while the agent works'
    | 'while the agent works, its journal written'
    | 'after it'
    | { request: number; when: 'before' | 'after' };
  isElsewhere: boolean;
  meanwhile: 'nothing' | 'reconcile' | 'reconcile without grace';
  /** Processes that reconcile after it, all at once. */
  reconciles: number;
  /** Milliseconds until the next one. */
  pauseMs: number;
}

export interface Market {
  sales: Sale[];
  journal: 'shared' | 'atomic' | 'own memory';
  writeAhead: boolean;
  /** What the x402 rail can ask. */
  hasLedger: boolean;
  /** Voids on the chain what is to come back. */
  cancels: boolean;
  scheme: 'exact' | 'upto';
  tokenVersion: 2 | 3;
  /** Seconds for which a signature is good, and a delegation. */
  validSeconds: number;
  limits: 'per call' | 'window' | 'concurrent' | 'no USDC' | 'no credits';
  isNeverminedFirst: boolean;
  /** Agents take only who is listed; else anybody, but for who is refused by `approve`. */
  hasList: boolean;
  skews: number[];
  seed: number;
}

const minute = 60_000;

/** The usual way first: a schedule is made smaller towards it. */
function sometimes<T>(usual: T, share: number, others: T[]): fc.Arbitrary<T> {
  const weight = Math.round(100 * share);
  return fc.oneof(
    { weight: 100 - weight, arbitrary: fc.constant(usual) },
    { weight, arbitrary: fc.constantFrom(...others) },
  );
}

/** What is asked of agents, and what they do with the money. */
const calm = {
  seller: fc.constantFrom<Sale['seller'][]>('coin', 'coin', 'mute', 'plan', 'plan'),
  turn: sometimes<SellerTurn>('completes', 0.6, [
    'asks back',
    'asks back',
    'delivers rubbish',
    'fails',
    'fails',
    'rejects',
    'cuts the line',
    'ends without a finish',
    'is silent until it is stopped',
    'completes when it is stopped',
  ]),
  wish: sometimes<Wish>('its price', 0.3, [
    'its price, with HTTP 402',
    'its price, with HTTP 402',
    'nothing',
    'more than a call may cost',
    'another payee',
    'another currency',
    'an unknown asset',
  ]),
  welcome: sometimes<Welcome>('takes it', 0.2, ['asks again once', 'asks again', 'asks for more']),
  takes: fc.constantFrom<Sale['takes'][]>(
    'at its end',
    'at its end',
    'as it begins',
    'later',
    'too late',
    'never',
  ),
  laterMs: fc.constantFrom(100, 5000, 3 * minute, 20 * minute),
  percent: fc.constantFrom<Sale['percent'][]>(100, 100, 50, 300),
  isTwice: sometimes(false, 0.2, [true]),
  takesOnFailure: sometimes(false, 0.4, [true]),
  tells: sometimes<Sale['tells']>('in its answer', 0.4, ['of its task only', 'nothing', 'lies']),
  continues: sometimes<Sale['continues']>('no', 0.4, ['by messages', 'by messages', 'by task id']),
  caller: fc.constantFrom<Sale['caller'][]>(
    'generate',
    'stream',
    'stream',
    'generateText',
    'streamText',
  ),
  consumer: sometimes<Sale['consumer']>('reads all', 0.2, [
    'leaves',
    'never reads',
    'aborts',
    'aborts as it signs',
  ]),
  refusals: sometimes({ from: 0, count: 0 }, 0.12, [
    { from: 0, count: 1 },
    { from: 1, count: 1 },
    { from: 1, count: 2 },
  ]),
  twin: sometimes<Sale['twin']>('none', 0.15, ['here', 'elsewhere']),
  crowd: sometimes(0, 0.07, [3]),
  approves: sometimes(true, 0.06, [false]),
  isElsewhere: sometimes(false, 0.4, [true]),
  meanwhile: sometimes<Sale['meanwhile']>('nothing', 0.12, [
    'reconcile',
    'reconcile without grace',
  ]),
  reconciles: sometimes(0, 0.2, [1, 2]),
  pauseMs: fc.constantFrom(0, 0, 3000, 3 * minute, 40 * minute),
};

const stormy = {
  ...calm,
  faults: fc.oneof(
    fc.constant<LineFault[]>([]),
    fc.array(fc.constantFrom(...lineFaults), { maxLength: 10 }),
  ),
  lagMs: sometimes(0, 0.3, [1000, 2 * minute]),
  goesDown: sometimes<Sale['goesDown']>('no', 0.25, ['before signing', 'after signing']),
  dies: fc.oneof(
    { weight: 5, arbitrary: fc.constant('no' as const) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        'while the agent works' as const,
        'while the agent works, its journal written' as const,
        'after it' as const,
      ),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        request: fc.integer({ min: 0, max: 6 }),
        when: fc.constantFrom('before' as const, 'after' as const),
      }),
    },
  ),
};

const calmSale: fc.Arbitrary<Sale> = fc.record({
  ...calm,
  faults: fc.constant<LineFault[]>([]),
  lagMs: fc.constant(0),
  goesDown: fc.constant('no' as const),
  dies: fc.constant('no' as const),
});

export const markets: fc.Arbitrary<Market> = fc.record({
  journal: fc.constantFrom<Market['journal'][]>('shared', 'shared', 'atomic', 'own memory'),
  writeAhead: fc.boolean(),
  hasLedger: sometimes(true, 0.35, [false]),
  cancels: sometimes(false, 0.3, [true]),
  scheme: sometimes<Market['scheme']>('exact', 0.3, ['upto']),
  tokenVersion: fc.constantFrom<Market['tokenVersion'][]>(2, 3),
  validSeconds: fc.constantFrom(600, 3600, 7200),
  limits: sometimes<Market['limits']>('per call', 0.5, [
    'window',
    'window',
    'concurrent',
    'concurrent',
    'no USDC',
    'no credits',
  ]),
  isNeverminedFirst: fc.boolean(),
  hasList: fc.boolean(),
  skews: fc.oneof(
    fc.constant<number[]>([0]),
    fc.array(
      fc.integer({ min: 0, max: 15 }).map((minutes) => minutes * minute),
      { minLength: 2, maxLength: 4 },
    ),
  ),
  seed: fc.integer({ min: 1, max: 2 ** 30 }),
  sales: fc.array(
    fc.oneof({ weight: 3, arbitrary: calmSale }, { weight: 2, arbitrary: fc.record(stormy) }),
    { minLength: 1, maxLength: 5 },
  ),
});

export const plainSale: Sale = {
  seller: 'coin',
  turn: 'completes',
  wish: 'its price',
  welcome: 'takes it',
  takes: 'at its end',
  laterMs: 100,
  percent: 100,
  isTwice: false,
  takesOnFailure: false,
  tells: 'in its answer',
  continues: 'no',
  caller: 'generate',
  consumer: 'reads all',
  refusals: { from: 0, count: 0 },
  twin: 'none',
  crowd: 0,
  approves: true,
  faults: [],
  lagMs: 0,
  goesDown: 'no',
  dies: 'no',
  isElsewhere: false,
  meanwhile: 'nothing',
  reconciles: 0,
  pauseMs: 0,
};

/** A schedule as one reads it: what is as usual is left out. */
export function describeMarket({ sales, ...world }: Market): string {
  const line = (sale: Sale, index: number) => {
    const said = Object.entries(sale).filter(
      ([name, value]) =>
        name === 'seller' || JSON.stringify(Reflect.get(plainSale, name)) !== JSON.stringify(value),
    );
    return `${index + 1}. ${said.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ')}`;
  };
  return [JSON.stringify(world), ...sales.map(line)].join('\n');
}
