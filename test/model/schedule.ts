import fc from 'fast-check';
import { faults, type Fault } from './faulty-exchange';
import type { AgentTurn } from './scripted-agent';

/** One generation of a schedule, with what goes wrong around it. */
export interface Step {
  turn: AgentTurn;
  /** Of the two agents, each with an account of its own. */
  agent: 0 | 1;
  /**
   * Goes on with a task that waits, if there is one: by its messages, or by its task id alone. Old
   * messages are those of a task that was answered before.
   */
  continues:
    | 'no'
    | 'by messages'
    | 'by old messages'
    | 'by task id'
    | 'by forged messages'
    | 'twice at once';
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
  /** Two hours go by. */
  lapses: 'no' | 'while the agent works' | 'after it';
}

export interface Schedule {
  steps: Step[];
  journal: 'shared' | 'own memory';
  writeAhead: boolean;
  /** How much of 100 tokens is paid: all, or what the agent says it used. */
  price: 'fixed' | 'metered';
  /** For how long writes take. */
  seed: number;
}

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  journal: fc.constantFrom('shared' as const, 'shared' as const, 'own memory' as const),
  writeAhead: fc.boolean(),
  price: fc.constantFrom('fixed' as const, 'metered' as const),
  seed: fc.integer({ min: 1, max: 2 ** 30 }),
  steps: fc.array(
    fc.record({
      turn: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom<AgentTurn>('completes', 'asks back') },
        {
          weight: 5,
          arbitrary: fc.constantFrom<AgentTurn>(
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
      agent: fc.constantFrom(0, 0, 0, 1),
      continues: fc.constantFrom(
        'no',
        'by messages',
        'by messages',
        'by old messages',
        'by task id',
        'by forged messages',
        'twice at once',
      ),
      consumer: fc.constantFrom(
        'reads all',
        'reads all',
        'reads all',
        'leaves',
        'aborts',
        'aborts during the hold',
        'never reads',
      ),
      credits: fc.integer({ min: 0, max: 120 }),
      faults: fc.oneof(
        fc.constant<Fault[]>([]),
        fc.array(fc.constantFrom(...faults), { maxLength: 8 }),
        // Until the patience of a settlement is at its end, and then no more.
        fc
          .array(fc.constantFrom<Fault>('request lost', '500 before'), {
            minLength: 6,
            maxLength: 10,
          })
          .map((lost): Fault[] => ['none', ...lost]),
      ),
      goesDown: fc.constantFrom('no', 'no', 'no', 'no', 'no', 'before the hold', 'after the hold'),
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
      isElsewhere: fc.boolean(),
      reconciles: fc.constantFrom(0, 0, 1, 2),
      meanwhile: fc.constantFrom('nothing', 'nothing', 'reconcile', 'reconcile without grace'),
      lapses: fc.constantFrom(
        ...Array.from({ length: 10 }, () => 'no' as const),
        'while the agent works' as const,
        'after it' as const,
      ),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});
