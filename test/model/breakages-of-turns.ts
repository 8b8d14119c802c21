import { settlement, type Breakage } from './breakage';

const arrangePaid = settlement('arrange/arrange-paid');
const judgeTurn = settlement('arrange/judge-turn');
const journal = settlement('journal/settlement-journal');
const tests = ['test/settlement/taken-turns.test.ts'];

/** Of the ends of a turn, and of what is left for the next one. */
export const breakagesOfTurns: Breakage[] = [
  {
    name: 'a hold that a call is under way with is gone on with under another task',
    patches: [
      [settlement('hold/kept-holds'), 'if (this.live.has(taskId)) return undefined;\n', ''],
    ],
    tests,
  },
  {
    name: 'an answer that asks comes before its task is free',
    patches: [[arrangePaid, ' || isNextTurnsAffair', '']],
    tests,
  },
  {
    name: 'reconcile settles what a call is under way with',
    patches: [
      [settlement('finish/finish-entry'), "if (turn === undefined) return 'rival';", ''],
      [settlement('finish/finish-entry'), 'await turn.end();', 'await turn?.end();'],
    ],
    tests,
  },
  {
    name: 'a hold that its agent cannot be told of is left to lapse',
    patches: [
      [arrangePaid, "await arrangement.settle({ type: 'failed', reason: 'not-dispatched' });", ''],
    ],
    tests,
  },
  {
    name: 'a lost answer of a completed task is paid beside another hold',
    patches: [
      [
        judgeTurn,
        'return (await isAnothers()) ?? payment.judge(decided, { ...delivery, generation: own });',
        'return payment.judge(decided, { ...delivery, generation: own });',
      ],
    ],
    tests,
  },
  {
    name: 'a delivered task is paid beside another hold',
    patches: [
      [
        judgeTurn,
        'return (await isAnothers()) ?? payment.judge(outcome, delivery);',
        'return payment.judge(outcome, delivery);',
      ],
    ],
  },
  {
    name: 'the journal finds a hold under a task that it had before',
    patches: [
      [
        journal,
        'return (entry.task ?? taskOf(of)) === task ? [{ ...entry, task }] : [];',
        'return [{ ...entry, task }];',
      ],
      [journal, 'if (earlier !== undefined) await this.strike(earlier, taskId);', ''],
    ],
    tests,
  },
  {
    name: 'the journal loses a hold that cannot be listed',
    patches: [
      [
        journal,
        'await this.storage.setItem(key, JSON.stringify(entry));\n      if (task',
        'if (task',
      ],
      [
        journal,
        'await this.enlist(task, taskId);\n    });',
        'await this.enlist(task, taskId);\n      await this.storage.setItem(key, JSON.stringify(entry));\n    });',
      ],
    ],
    tests,
  },
  {
    name: 'what a process that died held for a task is not looked for',
    patches: [[arrangePaid, 'mayWork: true,', 'mayWork: false,']],
  },
];
