import type { Breakage } from './breakage';

const watched = 'src/tools/watched-call.ts';
const first = 'src/tools/first-accepted.ts';
const budget = 'src/tools/budget.ts';
const lost = ['test/tools/lost-watch.test.ts'];
const ofCalls = ['test/tools/watched-call.test.ts'];
const ofBudgets = ['test/tools/budget.test.ts'];

/** Of tools and models over paid agents. */
export const breakagesOfTools: Breakage[] = [
  {
    name: 'what an outer budget does not allow stays counted in the inner one',
    patches: [[watched, "this.budget.note(this, { status: 'unsettled' });\n", '']],
    tests: ofCalls,
  },
  {
    name: 'what was not held has a receipt',
    patches: [[watched, "if (receipt.status !== 'unsettled') this.receipt", 'this.receipt']],
    tests: ofCalls,
  },
  {
    name: 'a payment that nobody was asked about is not noticed',
    patches: [[watched, 'throw new UnwatchedPaymentError({ agent, receipt });', '']],
    tests: lost,
  },
  {
    name: 'a payment that nobody was asked about is not counted',
    patches: [[watched, 'this.told(given);\n    throw', 'throw']],
    tests: lost,
  },
  {
    name: 'another agent is asked after an answer that was accepted',
    patches: [[first, ' || call.isAccepted === true) throw error;', ') throw error;']],
    tests: ofCalls,
  },
  {
    name: 'another agent is asked after a payment that nobody was asked about',
    patches: [[first, 'if (UnwatchedPaymentError.isInstance(error)) throw error;', '']],
    tests: lost,
  },
  {
    name: 'an answer that its settlement refused is accepted',
    patches: [[first, "if (status === 'refunded' || status === 'disputed') return false;", '']],
    tests: ofCalls,
  },
  {
    name: 'what may still be spent is not counted',
    patches: [[budget, '...this.agreed.values(), ...this.open.values()', '...this.open.values()']],
    tests: ofBudgets,
  },
  {
    name: 'the watch is lost where providerOptions are merged',
    patches: [
      ['src/internal/call-watch.ts', '{ [name]: carrier }', '{ [Symbol.for(name)]: carrier }'],
    ],
    tests: ['test/settlement/call-watch.test.ts'],
  },
  {
    name: 'what is undone after an abort is not told',
    patches: [
      [
        'src/settlement/settle/begin-held-payment.ts',
        'watch?.told(receiptMetadata(active.receipt));',
        '',
      ],
    ],
    tests: ['test/settlement/call-watch.test.ts', ...lost],
  },
];
