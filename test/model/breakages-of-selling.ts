import type { Breakage } from './breakage';

const payment = (file: string) => `src/agent/payment/${file}.ts`;
const turn = payment('sell-turn');
const records = payment('sale-records');
const tests = ['test/model/selling/first-half.test.ts', 'test/model/selling/second-half.test.ts'];

/** Of an agent that is paid. */
export const breakagesOfSelling: Breakage[] = [
  {
    name: 'a payment pays for any number of tasks',
    patches: [[turn, 'if (!mayBeBound) return { verified: false, ...alreadyUsed };', '']],
    tests,
  },
  {
    name: 'a task has any number of turns at once',
    patches: [
      [
        records,
        'if (await this.storage.setItemIfAbsent(key, JSON.stringify(sale))) return true;',
        'await this.storage.setItem(key, JSON.stringify(sale));\n    if (key) return true;',
      ],
      [payment('require-payment'), 'if (before !== undefined) return before;\n', ''],
      [payment('require-payment'), "taskId !== '' && (await isWorkedOn(taskId))", 'false'],
    ],
    tests,
  },
  {
    name: 'a canceled task is paid',
    patches: [
      [
        turn,
        "if (known !== false) return known === true ? 'canceled' : 'unknown';",
        'if (known === sale) return known;',
      ],
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
    patches: [
      [turn, "const isShown = isSecured || desk.deliver === 'stream';", 'const isShown = true;'],
    ],
    tests,
  },
  {
    name: 'what was made before a question is shown with it',
    patches: [
      [
        turn,
        'const waiting = [...open.artifacts, ...eventsToJson(artifacts)];',
        'for (const event of artifacts) bus.publish(event);\n      const waiting = [...open.artifacts, ...eventsToJson(artifacts)];',
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
        payment('give-back'),
        'const back = await sale?.cancel();',
        'const back = undefined as Awaited<ReturnType<Sale["cancel"]>>;',
      ],
    ],
    tests,
  },
  {
    name: 'what is locked and could not be taken at once is never taken',
    patches: [[turn, 'if (isLate) return;\n', '']],
    tests,
  },
  {
    name: 'what is locked for a task that waits stays locked when it is canceled',
    patches: [
      [
        payment('require-payment'),
        'if (!running.has(taskId)) await giveBackKept(taskId, desk);\n',
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
        "if (!isDecided && (await records.end(taskId, 'canceled')) === 'settling') {",
        "if (!isDecided && (await records.ended(taskId)) === 'canceled') {",
      ],
    ],
    tests,
  },
  {
    name: 'reconcile leaves what is locked for nobody',
    patches: [
      [
        payment('give-back'),
        'return (await giveBack(taskId, open, locked, desk)).isBack;',
        'return (await giveBack(taskId, open, undefined, desk)).isBack;',
      ],
    ],
    tests,
  },
  {
    name: 'what nobody verified is in the books as given back',
    patches: [[payment('give-back'), 'if (open.isVerified) {', 'if (open.rail) {']],
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
  {
    name: 'what could not be given back at the first try is forgotten',
    patches: [
      [payment('give-back'), "back?.status === 'unsettled' && ", 'open.rail === taskId && '],
    ],
    tests,
  },
  {
    name: 'a cancel and an answer leave what is locked to each other',
    patches: [
      [
        turn,
        'await quietly(() => giveBackLeft(taskId, { ...open, ...kept, turn: open.turn }, desk));',
        'await close();',
      ],
    ],
    tests,
  },
  {
    name: 'a cancel and a question leave what is locked to each other',
    patches: [[turn, 'await quietly(() => giveBackKept(taskId, desk));\n', '']],
    tests,
  },
];
