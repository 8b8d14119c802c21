import { message, settlement, type Breakage } from './breakage';

const turns = settlement('hold/task-turns');
const keptHolds = settlement('hold/kept-holds');
const keptMark = settlement('hold/kept-mark');
const heldPayment = settlement('settle/held-payment');
const beginPayment = settlement('settle/begin-payment');
const judgeTurn = settlement('settle/judge-turn');
const seals = message('conversation-seals');
const facts = 'const facts = [this.agent, this.address, contextId, taskId, state, subject];';

/** Of who goes on with which task under which hold. */
export const breakagesOfTasks: Breakage[] = [
  {
    name: 'the lease on a task is not taken',
    patches: [[turns, 'this.storage && new Lease(', 'null && new Lease(']],
  },
  {
    name: 'the lease on a task is not given back',
    patches: [[turns, 'this.renewing.then(remove)', 'this.renewing.then(() => remove.length > 0)']],
  },
  {
    name: 'the lease on a task is not renewed',
    patches: [[turns, 'this.renewing = this.renew();', '']],
  },
  {
    name: 'a turn that has ended is not given back',
    patches: [
      [
        turns,
        'await lease?.giveBack();\n    this.underWay.delete(key);',
        'await lease?.giveBack();',
      ],
    ],
  },
  {
    name: 'a turn on a task is one, whoever has it',
    patches: [
      [turns, "(await lease?.take()) === 'taken by another'", "(await lease?.take()) === 'never'"],
    ],
  },
  {
    name: 'the seal of a kept hold does not name the agent',
    patches: [[keptMark, "    'kept',\n    spellingOf(agent),\n", "    'kept',\n"]],
    tests: ['test/settlement/kept-mark.test.ts'],
  },
  {
    name: 'the seal of a kept hold does not name the subject',
    patches: [[keptMark, '    subject ?? null,\n    taskId,\n', '    taskId,\n']],
    tests: ['test/settlement/kept-mark.test.ts'],
  },
  {
    name: 'the seal of a kept hold does not name the task',
    patches: [
      [keptMark, '    subject ?? null,\n    taskId,\n', '    subject ?? null,\n'],
      [keptMark, 'if (of !== undefined && of !== taskId) continue;', ''],
    ],
  },
  {
    name: 'only the last answer is looked at for a kept hold',
    patches: [
      [
        keptMark,
        'for (const message of prompt.toReversed()) {',
        "for (const message of prompt.filter(({ role }) => role === 'assistant').slice(-1)) {",
      ],
    ],
    tests: ['test/settlement/kept-mark.test.ts', 'test/settlement/shared-tasks.test.ts'],
  },
  {
    name: 'this process remembers kept holds without their subject',
    patches: [
      [
        keptHolds,
        'JSON.stringify([spellingOf(agent), taskId, subject ?? null])',
        'JSON.stringify([spellingOf(agent), taskId])',
      ],
    ],
    tests: ['test/settlement/shared-tasks.test.ts'],
  },
  {
    name: 'this process remembers kept holds without their agent',
    patches: [
      [
        keptHolds,
        'JSON.stringify([spellingOf(agent), taskId, subject ?? null])',
        'JSON.stringify([taskId, subject ?? null])',
      ],
    ],
    tests: ['test/settlement/shared-tasks.test.ts'],
  },
  {
    name: 'the journal gives the kept hold of another subject',
    patches: [[keptHolds, ' || entry.subject !== subject) continue;', ') continue;']],
    tests: ['test/settlement/shared-tasks.test.ts'],
  },
  {
    name: 'the journal gives the kept hold of another agent',
    patches: [[keptHolds, '|| !isSameAgent(entry.agent, agent) ||', '||']],
    tests: ['test/settlement/shared-tasks.test.ts'],
  },
  {
    name: 'the hold of a payer beside this one is gone on with',
    patches: [
      [
        keptHolds,
        'recorded?.isOurs === true && isInForce(recorded.state, isPaidAhead)',
        'recorded !== undefined && isInForce(recorded.state, isPaidAhead)',
      ],
    ],
    tests: ['test/settlement/kept-holds.test.ts'],
  },
  {
    name: 'a lapsing hold is gone on with',
    patches: [[keptHolds, 'expiresAt.getTime() - now < marginMs', 'expiresAt.getTime() < 0']],
    tests: ['test/settlement/kept-holds.test.ts', 'test/settlement/turns.test.ts'],
  },
  {
    name: 'a conversation is believed without its seal',
    patches: [
      [
        message('read-conversation'),
        "if (!(await seals.isOurs(last, subject))) return 'unknown';",
        '',
      ],
    ],
  },
  {
    name: 'a waiting task is believed without its seal',
    patches: [
      [
        message('read-conversation'),
        'const isOurs = paused !== undefined && (await seals.isOurs(paused, subject));',
        'const isOurs = paused !== undefined;',
      ],
    ],
    tests: ['test/provider/sealed-conversations.test.ts'],
  },
  {
    name: 'the seal of a conversation does not name the subject',
    patches: [[seals, facts, facts.replace(', subject', '')]],
    tests: ['test/provider/sealed-conversations.test.ts'],
  },
  {
    name: 'the seal of a conversation does not name the agent',
    patches: [[seals, facts, facts.replace('this.agent, this.address, ', '')]],
    tests: ['test/provider/sealed-conversations.test.ts'],
  },
  {
    name: 'the seal of a conversation does not name the context',
    patches: [[seals, facts, facts.replace('contextId, ', '')]],
    tests: ['test/provider/sealed-conversations.test.ts'],
  },
  {
    name: 'the seal of a conversation does not name the task',
    patches: [[seals, facts, facts.replace('taskId, ', '')]],
    tests: ['test/provider/sealed-conversations.test.ts'],
  },
  {
    name: 'the seal of a conversation does not name the state',
    patches: [[seals, facts, facts.replace('state, ', '')]],
    tests: ['test/provider/sealed-conversations.test.ts'],
  },
  {
    name: 'the kept hold of a task that the agent goes on with by itself is not looked for',
    patches: [
      [
        heldPayment,
        'if (conversation.contextId === undefined && hasConversation(model)) return;',
        'return;',
      ],
    ],
  },
  {
    name: 'the hold beside a kept one is forgotten',
    patches: [
      [
        heldPayment,
        'const givingBack = spare?.end(superseded);',
        'const givingBack = Promise.resolve();',
      ],
    ],
  },
  {
    name: 'the hold beside a kept one is released, too',
    patches: [
      [
        heldPayment,
        'const givingBack = spare?.end(superseded);',
        "const givingBack = spare?.end({ type: 'delivered' });",
      ],
    ],
  },
  {
    name: 'a call whose task another one is under way with is paid as well',
    patches: [[heldPayment, 'this.isSuperseded = true;', 'this.isSuperseded = false;']],
    tests: ['test/settlement/shared-tasks.test.ts'],
  },
  {
    name: 'a second turn on a task is let through unpaid',
    patches: [
      [beginPayment, 'throw taskInUse(agent, taskId);', "return freePayment(params, 'IN_USE');"],
    ],
  },
  {
    name: 'a task in use is taken up again under its hold',
    patches: [[beginPayment, "if (isResumed) return freePayment(params, 'IN_USE');", '']],
    tests: ['test/settlement/shared-tasks.test.ts'],
  },
  {
    name: 'webhook digests are dropped on the next turn',
    patches: [
      [
        settlement('settle/continue-hold'),
        '(await webhookDigests(params)) ?? kept.webhook',
        'await webhookDigests(params)',
      ],
    ],
    tests: ['test/settlement/taken-turns.test.ts'],
  },
  {
    name: 'who requires payment is called unpaid',
    patches: [
      [
        settlement('settle/unpaid-payment'),
        'if (isRequired) {',
        "if (isRequired && agent === '') {",
      ],
    ],
    tests: ['test/e2e/exchange-down.test.ts', 'test/settlement/safeguards.test.ts'],
  },
  {
    name: 'a continued hold is refunded without asking the agent',
    patches: [[judgeTurn, 'if (continued === undefined) return outcome;', 'return outcome;']],
  },
  {
    name: 'an aborted call refunds what another one goes on with',
    patches: [
      [
        judgeTurn,
        'if (isLeftToOthers(asked)) return leave(asked);\n    const decided',
        'const decided',
      ],
    ],
  },
  {
    name: 'a continued hold is refunded while the task goes on elsewhere',
    patches: [
      [
        judgeTurn,
        '!isOver && (isWaitingState(asked?.state) || turn?.isSure() !== true)',
        '!isOver && isWaitingState(asked?.state)',
      ],
    ],
  },
  {
    name: 'a hold of one machine pays beside that of another',
    patches: [
      [
        judgeTurn,
        "if (task === undefined || hold.pays === 'message') return undefined;",
        'return undefined;',
      ],
    ],
  },
  {
    name: 'a turn that never reached its agent ends the kept hold',
    patches: [
      [judgeTurn, "      reason === 'unreachable' ||\n", ''],
      [judgeTurn, "      reason === 'not-dispatched' ||\n", ''],
      [
        judgeTurn,
        'const isSaid = reason.startsWith',
        'const isSaid = reason.startsWith("un") || reason.startsWith',
      ],
    ],
  },
  {
    name: 'an interrupted model is paid',
    patches: [
      [
        settlement('outcome/classify-outcome'),
        "if (unified === 'interrupted') return { type: 'failed', reason: 'stream-cut' };",
        '',
      ],
    ],
    tests: ['test/settlement/settlement-middleware.test.ts'],
  },
  {
    name: 'a parked hold is taken by another agent',
    patches: [
      [
        settlement('hold/parked-holds'),
        'return JSON.stringify([\n    agent,',
        'return JSON.stringify([',
      ],
    ],
    tests: ['test/settlement/parked-holds.test.ts', 'test/settlement/shared-tasks.test.ts'],
  },
  {
    name: 'a parked hold is never given back',
    patches: [
      [
        settlement('hold/parked-holds'),
        "await payment.end({ type: 'failed', reason: 'unreachable' });\n    live",
        'live',
      ],
    ],
  },
  {
    name: 'a parked hold is taken by two',
    patches: [[settlement('hold/parked-holds'), '      waiting.delete(payment);\n', '']],
  },
  {
    name: 'nothing is parked',
    patches: [[heldPayment, 'if (isUnreached && isParkable', 'if (false && isParkable']],
  },
  {
    name: 'an agent that answers 503 counts as not reached',
    patches: [
      [
        settlement('outcome/classify-outcome'),
        'error.isRetryable && error.statusCode === undefined',
        'error.isRetryable',
      ],
    ],
    tests: ['test/settlement/parked-holds.test.ts', 'test/settlement/shared-tasks.test.ts'],
  },
];
