import fc from 'fast-check';
import { test } from 'vitest';

const numRuns = Number(process.env.MODEL_RUNS ?? 60);
/** One, or several with commas between. */
const seeds = (process.env.MODEL_SEED ?? `${Date.now() % 2 ** 31}`).split(',').map(Number);

/** What is played, at random, and what must hold. */
export interface Model<SCHEDULE> {
  promise: string;
  schedules: fc.Arbitrary<SCHEDULE>;
  /** What once went wrong: played first. */
  known: readonly SCHEDULE[];
  /** Throws what is wrong. */
  play: (schedule: SCHEDULE) => Promise<void>;
  describe: (schedule: SCHEDULE) => string;
}

/** Plays one half of the schedules: two files share two cores. */
export function prove<SCHEDULE>(
  { describe, known, play, promise, schedules }: Model<SCHEDULE>,
  half: 0 | 1,
): void {
  test.each(seeds)(
    `${promise} (half ${half + 1} of ${numRuns} schedules, MODEL_SEED=%i)`,
    { timeout: 60 * 60_000 },
    async (seed) => {
      await fc.assert(
        fc.asyncProperty(schedules, async (schedule) => {
          try {
            await play(schedule);
          } catch (error) {
            const why = error instanceof Error ? error.message : String(error);
            throw new Error(`${why}\n${describe(schedule)}`, { cause: error });
          }
        }),
        {
          numRuns: Math.ceil(numRuns / 2 / seeds.length),
          seed: seed + half,
          examples: half === 0 ? known.map((schedule): [SCHEDULE] => [schedule]) : [],
          // Making a counterexample small takes longer than finding it.
          endOnFailure: process.env.MODEL_SHRINKS === '0',
          interruptAfterTimeLimit: 50 * 60_000,
          markInterruptAsFailure: true,
        },
      );
    },
  );
}
