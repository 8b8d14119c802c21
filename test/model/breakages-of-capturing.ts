import { settlement, type Breakage } from './breakage';

const x402 = (file: string) => `src/rails/x402/${file}.ts`;
const nevermined = (file: string) => `src/rails/nevermined/${file}.ts`;
const settlePayment = x402('settle-payment');
const finishEntry = settlement('recovery/finish-entry');
const finishByTask = settlement('recovery/finish-by-task');
const beginHeldPayment = settlement('settle/begin-held-payment');
const askedPayment = settlement('settle/asked-payment');
const limits = settlement('plan/spending-limits');

const model = [
  'test/model/capturing/first-half.test.ts',
  'test/model/capturing/second-half.test.ts',
];
const testsOfLeft = ['test/settlement/captured-elsewhere.test.ts'];

/** Of rails whose agent captures. */
export const breakagesOfCapturing: Breakage[] = [
  {
    name: 'what an agent took for nothing counts as refunded',
    patches: [
      [
        settlePayment,
        "if (fate?.type === 'taken') return taken(state, fate.amount, proofOf(state, fate, 'ledger'));",
        "if (fate?.type === 'taken') return back(evidence);",
      ],
    ],
    tests: model,
  },
  {
    name: 'a signature counts as refunded while it can be used',
    patches: [
      [
        settlePayment,
        "if (fate?.type === 'unused') return fate.isOver ? back(evidence) : pending(evidence);",
        "if (fate?.type === 'unused') return back(evidence);",
      ],
    ],
    tests: model,
  },
  {
    name: 'an agent that has not captured yet is late at once',
    patches: [
      [
        settlePayment,
        "if (fate?.type === 'unused') return fate.isOver ? { status: 'late' } : pending(evidence);",
        "if (fate?.type === 'unused') return { status: 'late' };",
      ],
    ],
    tests: model,
  },
  {
    name: 'the clock of the payer says when a signature is over',
    patches: [
      [
        x402('payment-fate'),
        'isOver: isPermit ? timestamp > end : timestamp >= end',
        'isOver: Date.now() >= state.validBefore * 1000',
      ],
    ],
    tests: model,
  },
  {
    name: 'a cancellation counts, whatever the chain says',
    patches: [
      [
        x402('agent-payments'),
        '(await cancelPayment(options, state, abortSignal))) {\n      fate = await read();',
        "(await cancelPayment(options, state, abortSignal))) {\n      fate = { type: 'canceled', transaction: undefined };",
      ],
    ],
    tests: model,
  },
  {
    name: 'what the agent says counts before the chain',
    patches: [
      [
        settlePayment,
        "  if (fate?.type === 'taken') return paid(",
        "  if (receipt !== undefined) return paid(state, receipt.amount, proofOf(state, receipt, 'agent'));\n  if (fate?.type === 'taken') return paid(",
      ],
    ],
    tests: model,
  },
  {
    name: 'a payment that is at hand was never sent',
    patches: [
      [
        x402('x402-rail'),
        'const isUnsent = isUnreached && !found.isHandedOut;',
        'const isUnsent = found !== undefined;',
      ],
    ],
    tests: model,
  },
  {
    name: 'a token that was never sent may have been charged',
    patches: [
      [
        nevermined('nevermined-rail'),
        'reason !== undefined && UNSENT.has(reason)',
        'reason === undefined && UNSENT.has(reason)',
      ],
    ],
    tests: model,
  },
  {
    name: 'credits for a failed task count as earned',
    patches: [
      [
        nevermined('settle-report'),
        "status: action === 'release' ? ('released' as const) : ('taken' as const),",
        "status: 'released' as const,",
      ],
    ],
    tests: model,
  },
  {
    name: 'of two holds for a task both have taken what one took',
    patches: [
      [nevermined('nevermined-rail'), "isAnothers: reason === 'superseded'", 'isAnothers: false'],
    ],
    tests: ['test/rails/nevermined/settle-report.test.ts'],
  },
  {
    name: 'the notes of a signature bear the signature',
    patches: [
      [
        x402('x402-rail'),
        '        ...facts,\n        version: offer.version,',
        '        ...facts,\n        ...payment,\n        version: offer.version,',
      ],
    ],
    tests: model,
  },
  {
    name: 'the notes of a token bear the token',
    patches: [
      [
        nevermined('nevermined-rail'),
        '          ...wanted,\n          version: token.version,',
        '          ...wanted,\n          ...{ text: token.text },\n          version: token.version,',
      ],
    ],
    tests: model,
  },
  {
    name: 'what an agent asks for is not put to approval',
    patches: [
      [
        beginHeldPayment,
        '  await unlessAborted(params.abortSignal, assertAllowed(agent, asked, { ...options, labels }));\n',
        '',
      ],
    ],
    tests: model,
  },
  {
    name: 'a currency without a limit is paid in',
    patches: [
      [
        settlement('plan/currency-limits'),
        'if (inForce === undefined) throw noLimit(agent, currency);',
        'if (inForce === undefined) return [];',
      ],
      [askedPayment, 'if (hasLimit(code)) return', "if (code !== '') return"],
    ],
    tests: model,
  },
  {
    name: 'a payment that was refused is forgotten',
    patches: [
      [
        askedPayment,
        'const earlier = await refuse();',
        "const earlier: SettlementReceipt = { status: 'refunded' };",
      ],
    ],
    tests: model,
  },
  {
    name: 'an agent that asks again keeps what it was given',
    patches: [
      [
        settlement('settle/held-payment'),
        'isQuestion && this.asksAgain(answer)',
        'isQuestion && this.asksAgain(undefined)',
      ],
    ],
    tests: ['test/settlement/asked-agents.test.ts'],
  },
  {
    name: 'what is pending leaves room in the limits',
    patches: [
      [
        settlement('state/settlement-receipt'),
        "return status === 'refunded' || status === 'late' ? 0",
        "return status === 'refunded' || status === 'late' || status === 'pending' ? 0",
      ],
    ],
    tests: model,
  },
  {
    name: 'credits use up the limits of dollars',
    patches: [
      [
        limits,
        'const alike = stored.filter((other) => other.currency === currency);',
        'const alike = stored;',
      ],
    ],
    tests: model,
  },
  {
    name: 'a turn that goes on counts as one of tokens',
    patches: [
      [
        limits,
        'const swept = { at: 0, amount: 0, ...(currency !== undefined && { currency }) };',
        'void currency;\n    const swept = { at: 0, amount: 0 };',
      ],
    ],
    tests: ['test/settlement/spending-limits.test.ts'],
  },
  {
    name: 'an address in other letters is another payee',
    patches: [
      [
        settlement('state/is-same-payee'),
        'return spellingOf(one) === spellingOf(other);',
        "return one === other || spellingOf(one) === '';",
      ],
    ],
    tests: ['test/settlement/safeguards.test.ts', ...model],
  },
  {
    name: 'that an agent took too much is not told',
    patches: [
      [
        settlement('state/events-of'),
        'compareAmounts(settled.amount, hold.amount) > 0',
        'compareAmounts(settled.amount, hold.amount) > 1',
      ],
    ],
    tests: model,
  },
  {
    name: 'what the ledger says after the time is over is not told',
    patches: [[finishEntry, '      if (isAgents) context.events.emit(name, told);\n', '']],
    tests: testsOfLeft,
  },
  {
    name: 'a rival is finished by the first rail',
    patches: [
      [
        finishByTask,
        "  if (context === undefined) return leave('unresolved');\n  const result = await finishByTask(context, entry, options);",
        "  if (context === undefined) return leave('unresolved');\n  const result = await finishByTask(shared, entry, options);",
      ],
    ],
    tests: testsOfLeft,
  },
  {
    name: 'the word of an agent whose task waits is not heard',
    patches: [
      [
        finishByTask,
        "await payment.end({ type: 'failed', reason: 'error' }, { answer });",
        "void answer;\n  await payment.end({ type: 'failed', reason: 'error' });",
      ],
    ],
    tests: testsOfLeft,
  },
  {
    name: 'a hold that gave way counts as never sent',
    patches: [
      [
        finishByTask,
        "const notPaying = isOfCapturingRail ? 'superseded' : 'not-dispatched';",
        "const notPaying = isOfCapturingRail ? 'not-dispatched' : 'not-dispatched';",
      ],
    ],
    tests: testsOfLeft,
  },
  {
    name: 'somebody who is about to look is not left alone',
    patches: [
      [finishEntry, "    if (entry.isUnderWay === true && isFresh) return leave('open');\n", ''],
    ],
    tests: testsOfLeft,
  },
  {
    name: 'who was paid as the work began is paid again in the next turn',
    patches: [
      [
        settlement('hold/kept-holds'),
        "return isPaidAhead && state.settled.status.endsWith('released');",
        "return !isPaidAhead && state.settled.status.endsWith('released');",
      ],
    ],
    tests: testsOfLeft,
  },
];
