import fc from 'fast-check';
import type { Refusal } from './agent-model';
import { faults, type Fault } from './faulty-exchange';
import type { AgentTurn } from './scripted-agent';

type Continues =
  | 'no'
  | 'by messages'
  | 'by old messages'
  | 'by context id'
  | 'by task id'
  | 'by resume';

/** What somebody changes in the messages that come back. `victim`: another user's chat. */
type Tampering =
  | 'none'
  | 'all messages of the victim'
  | 'contextId of the victim'
  | 'taskId of the victim'
  | 'ids of the victim, without seals'
  | 'settlement mark of the victim'
  | 'escrow of the victim'
  | 'escrow of a stranger'
  | 'agent of another one'
  | 'state that waits'
  | 'seal taken off';

/** One generation of a schedule, with what goes wrong around it. */
export interface Step {
  turn: AgentTurn;
  /** Of three agents, the first and the last with one account. */
  agent: 'one' | 'two' | 'three';
  user: 'Ann' | 'Bob';
  /** Goes on with a task that waits, or was answered before, if there is one. */
  continues: Continues;
  /** Of the messages. */
  tampering: Tampering;
  /** Another model answers in between. */
  interlude: boolean;
  /** The same call is sent twice: to this process, or to another; at once, or while the first works. */
  twin: 'none' | 'here' | 'elsewhere';
  twinAfterMs: number;
  /** So many calls more at the same time, each a task of its own. */
  crowd: number;
  caller: 'model' | 'streamText' | 'generateText';
  /** What keeps the first tries from their agent. */
  refusals: Refusal[];
  consumer: 'reads all' | 'leaves' | 'aborts' | 'aborts during the hold' | 'never reads';
  /** Tokens the agent says it used. */
  credits: number;
  faults: Fault[];
  /** From when on nothing reaches the exchange. */
  goesDown: 'no' | 'before the hold' | 'after the hold';
  /** The process dies: at so many requests, or while the agent works, or after all that. */
  dies:
    | 'no'
    | 'while the agent works'
    | 'while the agent works, its journal written'
    | 'after it'
    | { request: number; when: 'before' | 'after' };
  /** Another machine goes on, and knows nothing but the journal and the messages. */
  isElsewhere: boolean;
  /** After it. */
  reconciles: number;
  /** Another machine reconciles while the agent works; with a grace period, or without. */
  meanwhile: 'nothing' | 'reconcile' | 'reconcile without grace';
  /** All holds' time goes by. */
  lapses: 'no' | 'while the agent works' | 'after it';
  /** Milliseconds until the next one. */
  pauseMs: number;
}

export interface Schedule {
  steps: Step[];
  journal: 'shared' | 'atomic' | 'own memory';
  writeAhead: boolean;
  /** Of the conversations' seals. */
  secrets: 'shared' | 'of each process' | 'unsealed';
  /** The application says whose conversation it is. */
  hasSubjects: boolean;
  /** How much of 100 tokens is paid: all, or what the agent says it used. */
  price: 'fixed' | 'metered';
  limits:
    | undefined
    | { perWindow: { amount: number; minutes: number } }
    | { concurrent: number }
    | { perConversation: number };
  /** Milliseconds by which the processes' clocks are wrong, in turn. */
  skews: number[];
  /** Milliseconds after which the exchange gives back what has lapsed; 0: at once. */
  sweepMs: number;
  /** What agents do with a message on a task that works, and with one on a context whose task waits. */
  agents: { joins: boolean; takesUp: boolean };
  /** For how long writes take, and all else that is left to chance. */
  seed: number;
}

/** The usual way first: a schedule is made smaller towards it. */
function sometimes<T>(usual: T, share: number, others: T[]): fc.Arbitrary<T> {
  const weight = Math.round(100 * share);
  return fc.oneof(
    { weight: 100 - weight, arbitrary: fc.constant(usual) },
    { weight, arbitrary: fc.constantFrom(...others) },
  );
}

const minute = 60_000;

/** What is asked of agents, by whom, and how it goes on. */
const calm = {
  turn: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<AgentTurn[]>('completes', 'asks back', 'asks back') },
    {
      weight: 3,
      arbitrary: fc.constantFrom<AgentTurn[]>(
        'completes, and the line breaks after the finish',
        'delivers rubbish',
        'fails',
        'cuts the line',
        'ends without a finish',
        'throws at once',
        'waits for the end of the call',
        'completes when it is canceled',
      ),
    },
  ),
  agent: fc.constantFrom('one' as const, 'one', 'one', 'two', 'three'),
  user: fc.constantFrom('Ann' as const, 'Ann', 'Bob'),
  continues: fc.constantFrom<Continues[]>(
    'no',
    'by messages',
    'by messages',
    'by messages',
    'by old messages',
    'by context id',
    'by task id',
    'by resume',
  ),
  tampering: sometimes<Tampering>('none', 0.25, [
    'all messages of the victim',
    'contextId of the victim',
    'taskId of the victim',
    'ids of the victim, without seals',
    'settlement mark of the victim',
    'escrow of the victim',
    'escrow of a stranger',
    'agent of another one',
    'state that waits',
    'seal taken off',
  ]),
  interlude: sometimes(false, 0.2, [true]),
  twin: sometimes<Step['twin']>('none', 0.2, ['here', 'elsewhere']),
  twinAfterMs: fc.constantFrom(0, 0, 5, 3 * minute),
  crowd: sometimes(0, 0.07, [3]),
  caller: sometimes<Step['caller']>('model', 0.2, ['streamText', 'generateText']),
  refusals: sometimes<Refusal[]>([], 0.15, [
    ['connection refused'],
    ['connection refused', 'connection refused'],
    ['503'],
  ]),
  consumer: sometimes<Step['consumer']>('reads all', 0.2, [
    'leaves',
    'aborts',
    'aborts during the hold',
    'never reads',
  ]),
  credits: fc.integer({ min: 0, max: 120 }),
  isElsewhere: fc.boolean(),
  reconciles: sometimes(0, 0.2, [1, 2]),
  meanwhile: sometimes<Step['meanwhile']>('nothing', 0.15, [
    'reconcile',
    'reconcile without grace',
  ]),
  pauseMs: fc.constantFrom(0, 0, 3000, 3 * minute),
};

/** What goes wrong besides. */
const stormy = {
  ...calm,
  faults: fc.oneof(
    fc.constant<Fault[]>([]),
    fc.array(fc.constantFrom(...faults), { maxLength: 8 }),
    // Until the patience of a settlement is at its end, and then no more.
    fc
      .array(fc.constantFrom<Fault[]>('request lost', '500 before'), {
        minLength: 6,
        maxLength: 10,
      })
      .map((lost): Fault[] => ['none', ...lost]),
  ),
  goesDown: sometimes<Step['goesDown']>('no', 0.2, ['before the hold', 'after the hold']),
  dies: fc.oneof(
    { weight: 6, arbitrary: fc.constant('no' as const) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        'while the agent works' as const,
        'while the agent works, its journal written' as const,
        'after it' as const,
      ),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        request: fc.integer({ min: 0, max: 5 }),
        when: fc.constantFrom('before' as const, 'after' as const),
      }),
    },
  ),
  lapses: sometimes<Step['lapses']>('no', 0.15, ['while the agent works', 'after it']),
};

const calmStep: fc.Arbitrary<Step> = fc.record({
  ...calm,
  faults: fc.constant<Fault[]>([]),
  goesDown: fc.constant('no' as const),
  dies: fc.constant('no' as const),
  lapses: fc.constant('no' as const),
});

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  journal: fc.constantFrom('shared' as const, 'atomic' as const, 'own memory' as const),
  writeAhead: fc.boolean(),
  secrets: fc.constantFrom('shared' as const, 'shared', 'shared', 'of each process', 'unsealed'),
  hasSubjects: fc.boolean(),
  price: fc.constantFrom('fixed' as const, 'metered' as const),
  limits: sometimes<Schedule['limits']>(undefined, 0.3, [
    { perWindow: { amount: 250, minutes: 60 } },
    { concurrent: 2 },
    { perConversation: 250 },
  ]),
  skews: fc.oneof(
    fc.constant<number[]>([0]),
    fc.array(
      fc.integer({ min: -15, max: 15 }).map((minutes) => minutes * minute),
      {
        minLength: 2,
        maxLength: 4,
      },
    ),
  ),
  sweepMs: sometimes(0, 0.25, [30 * minute]),
  agents: fc.record({ joins: fc.boolean(), takesUp: fc.boolean() }),
  seed: fc.integer({ min: 1, max: 2 ** 30 }),
  steps: fc.array(
    fc.oneof({ weight: 3, arbitrary: calmStep }, { weight: 2, arbitrary: fc.record(stormy) }),
    { minLength: 1, maxLength: 6 },
  ),
});

/** A schedule as one reads it: what is as usual is left out. */
export function describeSchedule({ steps, ...world }: Schedule): string {
  const usual: Partial<Record<keyof Step, unknown>> = {
    turn: 'completes',
    user: 'Ann',
    continues: 'no',
    tampering: 'none',
    interlude: false,
    twin: 'none',
    crowd: 0,
    caller: 'model',
    consumer: 'reads all',
    goesDown: 'no',
    dies: 'no',
    isElsewhere: false,
    reconciles: 0,
    meanwhile: 'nothing',
    lapses: 'no',
    pauseMs: 0,
  };
  const line = (step: Step, index: number) => {
    const said = Object.entries(step).filter(([name, value]) => {
      if (name === 'twinAfterMs') return step.twin !== 'none';
      if (name === 'credits') return world.price === 'metered';
      if (name === 'refusals' || name === 'faults') return step[name].length > 0;
      return name === 'turn' || name === 'agent' || Reflect.get(usual, name) !== value;
    });
    return `${index + 1}. ${said.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ')}`;
  };
  return [JSON.stringify(world), ...steps.map(line)].join('\n');
}
