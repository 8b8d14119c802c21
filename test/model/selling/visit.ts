import fc from 'fast-check';

/** What an agent does with a message, as its text says. */
type How = 'bakes' | 'burns' | 'throws' | 'asks' | 'waits';

/** One message to an agent that is paid, and what happens to it. */
export interface Visit {
  how: How;
  /**
   * - `answer`: to the last task that was told of, whatever became of it.
   * - `interrupts`: to the last task that was begun, which may be worked on.
   */
  aims: 'anew' | 'answer' | 'interrupts';
  /** `again`: with the payment of the visit before. */
  pays: 'own' | 'again' | 'nothing';
  /** Locked before the work, or taken after it. */
  kind: 'locked' | 'exact';
  machine: 0 | 1;
  /** The same message comes to the other machine too, at once. */
  isTwice: boolean;
  fate: 'nothing' | 'cancel here' | 'cancel there' | 'die';
  /** Milliseconds from the message to that. */
  afterMs: number;
  /** What goes wrong as the payment is taken: before it is, or after. */
  settling: 'well' | 'fails before' | 'fails after';
  /** It is locked after nobody waits for that any more. */
  isSlow: boolean;
  /** The first try to give it back fails. */
  isAway: boolean;
  /** Milliseconds until the next visit. */
  pauseMs: number;
}

export interface Shop {
  seed: number;
  deliver: 'after-settle' | 'stream';
  visits: Visit[];
}

const visit: fc.Arbitrary<Visit> = fc.record({
  how: fc.constantFrom<How[]>('bakes', 'burns', 'throws', 'asks', 'waits', 'asks', 'waits'),
  aims: fc.constantFrom<Visit['aims'][]>('anew', 'anew', 'answer', 'answer', 'interrupts'),
  pays: fc.constantFrom<Visit['pays'][]>('own', 'own', 'own', 'again', 'nothing'),
  kind: fc.constantFrom<Visit['kind'][]>('locked', 'exact'),
  machine: fc.constantFrom<Visit['machine'][]>(0, 1),
  isTwice: fc.boolean(),
  fate: fc.constantFrom<Visit['fate'][]>(
    'nothing',
    'nothing',
    'nothing',
    'cancel here',
    'cancel there',
    'die',
  ),
  // What two machines do to one task at once is over in a few milliseconds.
  afterMs: fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 60 })),
  settling: fc.constantFrom<Visit['settling'][]>(
    'well',
    'well',
    'well',
    'fails before',
    'fails after',
  ),
  isSlow: fc.constantFrom(false, false, false, true),
  isAway: fc.boolean(),
  pauseMs: fc.constantFrom(0, 5, 30, 5000),
});

/** A task that waits is answered and canceled at once. By chance alone this is too rare to be seen. */
const canceledAnswer: fc.Arbitrary<Visit[]> = fc
  .record({
    question: visit,
    answer: visit,
    fate: fc.constantFrom<Visit['fate'][]>('cancel here', 'cancel there'),
    afterMs: fc.integer({ min: 0, max: 16 }),
  })
  .map(({ afterMs, answer, fate, question }) => [
    {
      ...question,
      how: 'asks',
      aims: 'anew',
      pays: 'own',
      isTwice: false,
      fate: 'nothing',
      isSlow: false,
      pauseMs: 5000,
    },
    { ...answer, aims: 'answer', isTwice: false, fate, afterMs },
  ]);

export const shops: fc.Arbitrary<Shop> = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  deliver: fc.constantFrom<Shop['deliver'][]>('after-settle', 'stream'),
  visits: fc.oneof(
    { weight: 4, arbitrary: fc.array(visit, { minLength: 1, maxLength: 5 }) },
    { weight: 1, arbitrary: canceledAnswer },
  ),
});
