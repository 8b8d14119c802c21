import fc from 'fast-check';
import { test } from 'vitest';
import { describeSchedule, schedules } from './schedule';
import { play } from './settlement.model';

const numRuns = Number(process.env.MODEL_RUNS ?? 300);
const seed = Number(process.env.MODEL_SEED ?? Date.now() % 2 ** 31);

test(
  `no token is lost and none paid twice, in ${numRuns} schedules (MODEL_SEED=${seed})`,
  { timeout: 60 * 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(schedules, async (schedule) => {
        try {
          await play(schedule);
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          throw new Error(`${why}\n${describeSchedule(schedule)}`, { cause: error });
        }
      }),
      {
        numRuns,
        seed,
        interruptAfterTimeLimit: 50 * 60_000,
        markInterruptAsFailure: true,
      },
    );
  },
);
