import { knownSchedules } from './known-schedules';
import type { Model } from './prove';
import { describeSchedule, schedules, type Schedule } from './schedule';
import { play } from './settlement.model';

/** Payers who release and refund, on the exchange. */
export const holds: Model<Schedule> = {
  promise: 'no token is lost and none paid twice',
  schedules,
  known: knownSchedules,
  play,
  describe: describeSchedule,
};
