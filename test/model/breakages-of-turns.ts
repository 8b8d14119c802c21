import { settlement, type Breakage } from './breakage';

const heldPayment = settlement('settle/held-payment');
const judgeTurn = settlement('settle/judge-turn');
const journal = settlement('state/settlement-journal');
const tests = ['test/settlement/taken-turns.test.ts'];
const paidTasks = settlement('hold/paid-tasks');
const testsOfPaidTasks = ['test/settlement/paid-tasks.test.ts'];

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
    patches: [[heldPayment, ' || freesTask', '']],
    tests,
  },
  {
    name: 'reconcile settles what a call is under way with',
    patches: [
      [settlement('recovery/finish-by-task'), "if (turn === undefined) return 'rival';", ''],
      [settlement('recovery/finish-by-task'), 'await turn.end();', 'await turn?.end();'],
    ],
    tests,
  },
  {
    name: 'a hold that its agent cannot be told of is left to lapse',
    patches: [
      [heldPayment, "await payment.settle({ type: 'failed', reason: 'not-dispatched' });", ''],
    ],
    tests,
  },
  {
    name: 'a lost answer of a completed task is paid beside another hold',
    patches: [
      [
        judgeTurn,
        'return (await isAnothers(own)) ?? active.judge(decided, { ...delivery, generation: own });',
        'return active.judge(decided, { ...delivery, generation: own });',
      ],
    ],
    tests,
  },
  {
    name: 'a delivered task is paid beside another hold',
    patches: [
      [
        judgeTurn,
        'return (await isAnothers(generation)) ?? active.judge(outcome, delivery);',
        'return active.judge(outcome, delivery);',
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
    name: 'a call that joined a task pays as well when it ends last',
    patches: [
      [
        heldPayment,
        'if (found === undefined) return;',
        'this.isSuperseded = false;\n    if (found === undefined) return;',
      ],
    ],
    tests: testsOfPaidTasks,
  },
  {
    name: 'a model whose methods are hidden is believed to begin a conversation',
    patches: [[heldPayment, ' && hasConversation(model)) return;', ') return;']],
    tests: testsOfPaidTasks,
  },
  {
    name: 'a lease stands for the ledger',
    patches: [
      [
        judgeTurn,
        "if (task === undefined || hold.pays === 'message') return undefined;",
        'if (task === undefined || turn?.isSure() === true) return undefined;',
      ],
    ],
    tests: testsOfPaidTasks,
  },
  {
    name: 'a ledger that cannot be asked counts as one that says yes',
    patches: [[judgeTurn, ".catch(() => 'unclear')", ".catch(() => 'this')"]],
    tests: testsOfPaidTasks,
  },
  {
    name: 'a lease is believed after its time',
    patches: [
      [settlement('hold/task-turns'), ' && Date.now() < lease.heldUntil', ''],
      [
        settlement('hold/task-turns'),
        '      this.isHeld = false;\n      const isOurs',
        '      const isOurs',
      ],
    ],
    tests: testsOfPaidTasks,
  },
  {
    name: 'nobody remembers which hold pays a task',
    patches: [
      [paidTasks, "if (isOthers(known)) return 'another';", "if (isOthers(known)) return 'this';"],
      [
        paidTasks,
        "    return 'another';\n  }\n\n  /** Removes",
        "    return 'this';\n  }\n\n  /** Removes",
      ],
    ],
    tests: testsOfPaidTasks,
  },
  {
    name: 'reconcile does not ask which hold pays a task',
    patches: [
      [settlement('recovery/finish-by-task'), "hold)) === 'this';\n}", 'hold)) !== undefined;\n}'],
    ],
    tests: testsOfPaidTasks,
  },
  {
    name: 'a task that is worked on anew is not paid',
    patches: [[paidTasks, ' && known.at >= madeAt', '']],
    tests: testsOfPaidTasks,
  },
  {
    name: 'two spellings of an agent are two agents',
    patches: [
      [
        settlement('state/agent-settings'),
        '  if (!/^https?:/i.test(modelId) || !URL.canParse(modelId)) return modelId;',
        '  if (modelId !== "") return modelId;',
      ],
    ],
    tests: [...testsOfPaidTasks, 'test/settlement/agent-names.test.ts'],
  },
  {
    name: 'the kept hold of another conversation is gone on with',
    patches: [
      [
        settlement('hold/kept-holds'),
        'return contextId === undefined || kept === undefined || contextId === kept;',
        'return contextId !== "" || kept === contextId;',
      ],
    ],
    tests: testsOfPaidTasks,
  },
  {
    name: 'what a process that died held for a task is not looked for',
    patches: [[heldPayment, 'mayWork: true,', 'mayWork: false,']],
  },
];
