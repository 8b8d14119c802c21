import type { Breakage } from './breakage';

const payment = (file: string) => `src/agent/payment/${file}.ts`;
const turn = payment('sell-turn');
const records = payment('sale-records');
const tests = ['test/model/selling/first-half.test.ts', 'test/model/selling/second-half.test.ts'];

/** Of an agent that is paid. */
export const breakagesOfSelling: Breakage[] = [
  {
    name: 'a payment pays for any number of tasks',
    patches: [[turn, 'if (!isBound) return { verified: false, ...alreadyUsed };', '']],
    tests,
  },
  {
    name: 'a task has any number of turns at once',
    patches: [
      [
        records,
        'return this.storage.setItemIfAbsent(turnKey(taskId), JSON.stringify(sale));',
        'await this.update(taskId, sale);\n    return true;',
      ],
      [payment('require-payment'), 'if (before !== undefined) return before;\n', ''],
      [payment('require-payment'), "taskId !== '' && (await isWorkedOn(taskId))", 'false'],
    ],
    tests,
  },
  {
    name: 'a canceled task is paid',
    patches: [
      [turn, "if (await isCanceled()) return 'canceled';\n    try {", 'try {'],
      [records, 'return ended ?? ', "return end === 'settling' ? end : ended ?? "],
    ],
    tests,
  },
  {
    name: 'a task that is being paid is canceled',
    patches: [
      [
        payment('require-payment'),
        "=== 'settling') {\n      throw",
        "=== 'settling' && taskId === '') {\n      throw",
      ],
    ],
    tests,
  },
  {
    name: 'failed work is paid',
    patches: [[turn, "end?.type === 'completed' ? await decide() : 'failed'", 'await decide()']],
    tests,
  },
  {
    name: 'what is not paid yet is shown',
    patches: [[turn, "isShown: isSecured || desk.deliver === 'stream'", 'isShown: true']],
    tests,
  },
  {
    name: 'what was made before a question is shown with it',
    patches: [
      [
        turn,
        'await wait(verified, artifacts);',
        'for (const event of artifacts) bus.publish(event);\n      await wait(verified, artifacts);',
      ],
    ],
    tests,
  },
  {
    name: 'what is not paid is shown',
    patches: [[turn, "if (status === 'unsettled') {\n", 'if (status !== status) {\n']],
    tests,
  },
  {
    name: 'what is locked for failed work stays locked',
    patches: [
      [
        turn,
        'const back = await verified.cancel();',
        'const back = undefined as Awaited<ReturnType<Sale["cancel"]>>;',
      ],
    ],
    tests,
  },
  {
    name: 'what is locked and could not be taken stays locked',
    patches: [[turn, 'if (verified.isSecured) await verified.cancel();\n', '']],
    tests,
  },
  {
    name: 'what is locked for a task that waits stays locked when it is canceled',
    patches: [
      [
        payment('require-payment'),
        'await giveBackLeft(taskId, kept, { accepts, book, records });\n',
        '',
      ],
    ],
    tests,
  },
  {
    name: 'what is locked is forgotten by the next message of its task',
    patches: [
      [
        payment('find-payment'),
        'if (kept?.isSecured === true && before !== undefined) return { ...before, kept };\n',
        '',
      ],
    ],
    tests,
  },
  {
    name: 'reconcile gives back what is being taken',
    patches: [
      [
        payment('reconcile-sales'),
        "if ((await records.end(taskId, 'canceled')) === 'settling') {",
        "if ((await records.ended(taskId)) === 'canceled') {",
      ],
    ],
    tests,
  },
  {
    name: 'reconcile leaves what is locked for nobody',
    patches: [
      [
        payment('reconcile-sales'),
        'const back = await locked?.cancel();',
        'const back = undefined as Awaited<ReturnType<NonNullable<typeof locked>["cancel"]>>;',
      ],
    ],
    tests,
  },
  {
    name: 'what nobody verified is in the books as given back',
    patches: [[payment('reconcile-sales'), 'if (sale.isVerified) {', 'if (sale.rail) {']],
    tests,
  },
  {
    name: 'a message to a task under work is asked for its payment in it',
    patches: [
      [
        payment('require-payment'),
        'if (request.task !== undefined && (await isWorkedOn(request.taskId))) return;\n',
        '',
      ],
      [payment('require-payment'), "taskId !== '' && (await isWorkedOn(taskId))", 'false'],
    ],
    tests,
  },
];
