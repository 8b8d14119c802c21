import type { Breakage } from './breakage';

const payment = (file: string) => `src/agent/payment/${file}.ts`;
const verify = payment('verify-sale');
const conclude = payment('conclude-sale');
const settle = payment('settle-sale');
const refund = payment('refund-sale');
const advance = payment('advance-sale');
const records = payment('sale-records');
const tests = ['test/model/selling/first-half.test.ts', 'test/model/selling/second-half.test.ts'];

/** Of an agent that is paid. */
export const breakagesOfSelling: Breakage[] = [
  {
    name: 'a payment pays for any number of tasks',
    patches: [[verify, 'if (!mayBeBound) return { verified: false, ...alreadyUsed };', '']],
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
        payment('sale-turn'),
        "if (known !== false) return known === true ? 'canceled' : 'unknown';",
        "if (String(known) === this.taskId) return 'unknown';",
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
    patches: [
      [
        conclude,
        "end?.type === 'completed' ? await turn.decideEnd() : 'failed'",
        'await turn.decideEnd()',
      ],
    ],
    tests,
  },
  {
    name: 'what is not paid yet is shown',
    patches: [
      [
        payment('sell-turn'),
        "const isShown = mayStream || desk.deliver === 'stream';",
        'const isShown = true;',
      ],
    ],
    tests,
  },
  {
    name: 'what was made before a question is shown with it',
    patches: [
      [
        conclude,
        'const made = [...open.artifacts, ...eventsToJson(artifacts)];',
        'for (const event of artifacts) bus.publish(event);\n      const made = [...open.artifacts, ...eventsToJson(artifacts)];',
      ],
    ],
    tests,
  },
  {
    name: 'what is not paid is shown',
    patches: [
      [
        settle,
        "if (settled.note?.fact === 'unsettled') {\n",
        "if (settled.note?.fact === 'refused') {\n",
      ],
    ],
    tests,
  },
  {
    name: 'what is locked for failed work stays locked',
    patches: [[refund, 'sale === undefined ? unknown : await sale.refund()', 'sale && undefined']],
    tests,
  },
  {
    name: 'what is locked and could not be taken at once is never taken',
    patches: [[settle, 'if (settled.sale !== undefined) return;\n', '']],
    tests,
  },
  {
    name: 'what is locked for a task that waits stays locked when it is canceled',
    patches: [
      [
        payment('require-payment'),
        'if (!running.has(taskId)) await refundWaitingSale(taskId, desk);\n',
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
        'if (waiting?.isLocked === true && before !== undefined) return { ...before, waiting };\n',
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
        "if (!isDecided && (await desk.records.end(taskId, 'canceled')) === 'settling') {",
        "if (!isDecided && (await desk.records.ended(taskId)) === 'canceled') {",
      ],
    ],
    tests,
  },
  {
    name: 'reconcile leaves what is locked for nobody',
    patches: [
      [
        refund,
        'return (await refundSale(taskId, open, await openAgain(open, desk), desk)).isBack;',
        'return (await refundSale(taskId, open, undefined, desk)).isBack;',
      ],
    ],
    tests,
  },
  {
    name: 'what nobody verified is in the books as given back',
    patches: [[advance, 'if (!sale.isVerified) return { sale: undefined };\n', '']],
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
      [
        advance,
        "const isLeft = outcome?.status === 'unsettled' && ",
        'const isLeft = outcome === null && ',
      ],
    ],
    tests,
  },
  {
    name: 'a cancel and an answer leave what is locked to each other',
    patches: [
      [
        verify,
        'await turn.quietly(() => refundLeftSale(taskId, left, desk));',
        'await turn.put(undefined);',
      ],
    ],
    tests,
  },
  {
    name: 'a cancel and a question leave what is locked to each other',
    patches: [[conclude, 'await turn.quietly(() => refundWaitingSale(taskId, desk));\n', '']],
    tests,
  },
];
