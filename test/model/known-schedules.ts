import type { Schedule, Step } from './schedule';

const plainStep: Step = {
  turn: 'completes',
  agent: 'one',
  user: 'Ann',
  continues: 'no',
  tampering: 'none',
  interlude: false,
  twin: 'none',
  twinAfterMs: 0,
  crowd: 0,
  caller: 'model',
  refusals: [],
  consumer: 'reads all',
  credits: 95,
  isElsewhere: false,
  reconciles: 0,
  meanwhile: 'nothing',
  pauseMs: 0,
  faults: [],
  goesDown: 'no',
  dies: 'no',
  lapses: 'no',
};

const plainSchedule: Omit<Schedule, 'steps'> = {
  journal: 'shared',
  writeAhead: false,
  secrets: 'shared',
  hasSubjects: false,
  price: 'fixed',
  limits: undefined,
  skews: [0],
  sweepMs: 0,
  agents: { joins: false, takesUp: false },
  seed: 1,
};

/** What once went wrong, made small. */
export const knownSchedules: Schedule[] = [
  // A third machine took up the messages of a task that two others had gone on with.
  {
    ...plainSchedule,
    journal: 'own memory',
    hasSubjects: true,
    agents: { joins: true, takesUp: false },
    steps: [
      { ...plainStep, turn: 'asks back', continues: 'by messages', isElsewhere: true },
      { ...plainStep, continues: 'by task id', twin: 'elsewhere' },
      {
        ...plainStep,
        turn: 'asks back',
        continues: 'by old messages',
        consumer: 'never reads',
        isElsewhere: true,
      },
    ],
  },
  // An agent completed minutes after it was stopped, while the refund could not reach the exchange.
  {
    ...plainSchedule,
    sweepMs: 30 * 60_000,
    steps: [
      {
        ...plainStep,
        turn: 'completes when it is canceled',
        twin: 'here',
        twinAfterMs: 3 * 60_000,
        consumer: 'aborts during the hold',
        goesDown: 'after the hold',
      },
      { ...plainStep, reconciles: 1, meanwhile: 'reconcile' },
    ],
  },
  // A call that named the conversation alone went on with a task whose process had died before it
  // could keep the hold: only the journal knew of that.
  {
    ...plainSchedule,
    writeAhead: true,
    agents: { joins: false, takesUp: true },
    steps: [
      { ...plainStep, turn: 'asks back', dies: 'while the agent works, its journal written' },
      { ...plainStep, continues: 'by context id', twin: 'here' },
      {
        ...plainStep,
        crowd: 3,
        refusals: ['connection refused'],
        reconciles: 1,
        dies: { request: 0, when: 'before' },
      },
    ],
  },
  // A ledger that could not be asked left a completed task to whoever took it up again.
  {
    ...plainSchedule,
    journal: 'own memory',
    price: 'metered',
    steps: [
      { ...plainStep, turn: 'asks back', credits: 0 },
      {
        ...plainStep,
        continues: 'by task id',
        credits: 0,
        faults: ['none', 'request lost'],
        isElsewhere: true,
      },
      { ...plainStep, continues: 'by resume', credits: 1 },
    ],
  },
];
