import type { Breakage } from './breakage';
import { breakagesOfCapturing } from './breakages-of-capturing';
import { breakagesOfLedger } from './breakages-of-ledger';
import { breakagesOfSelling } from './breakages-of-selling';
import { breakagesOfTasks } from './breakages-of-tasks';
import { breakagesOfTools } from './breakages-of-tools';
import { breakagesOfTurns } from './breakages-of-turns';

const settling = 'src/rails/exchange/create-escrow-settling.ts';
const escrows = 'src/rails/exchange/exchange-escrows.ts';
const settlement = (file: string) => `src/settlement/${file}.ts`;
const giveUp = "this.apply({ type: 'gave-up' });\n      await this.write(note);";

export const breakages: Breakage[] = [
  {
    name: 'an answer about another escrow is taken',
    patches: [
      [
        'src/rails/exchange/exchange-request.ts',
        "parsed.data['escrowId'] !== request.escrowId",
        'false',
      ],
    ],
  },
  {
    name: 'one idempotency key for release and refund',
    patches: [
      [settling, "keyFor('release', hold", "keyFor('settle', hold"],
      [settling, "keyFor(`refund:${reason ?? ''}`, hold", "keyFor('settle', hold"],
    ],
  },
  {
    name: 'another idempotency key for every try of a hold',
    patches: [[escrows, "keyFor('hold', request", 'keyFor(crypto.randomUUID(), request']],
  },
  {
    name: 'the state flips after the call',
    patches: [
      [
        settlement('hold/active-hold'),
        "this.settling ??= this.drive({ type: 'ended', outcome }, word);",
        "this.settling = this.drive({ type: 'ended', outcome }, word);",
      ],
      [
        settlement('hold/active-hold'),
        '      await this.settle(effect, word);',
        `      const flipped = this.state;
      this.state = { phase: 'open', hold: this.hold };
      await this.settle(effect, word);
      if (this.state.phase === 'open') this.state = flipped;`,
      ],
      [settlement('settle/held-payment'), 'this.ending ??= this.end(', 'this.ending = this.end('],
    ],
  },
  {
    name: 'the second outcome of a generation counts, too',
    patches: [
      [settlement('settle/held-payment'), 'this.ending ??= this.end(', 'this.ending = this.end('],
      [
        settlement('hold/active-hold'),
        "this.settling ??= this.drive({ type: 'ended', outcome }, word);",
        "this.settling = this.drive({ type: 'ended', outcome }, word);",
      ],
      [
        settlement('state/settlement-state'),
        "case 'settled':\n      return { state };",
        "case 'settled':\n      return input.type === 'ended' ? end(state.hold, input.outcome) : { state };",
      ],
    ],
  },
  {
    name: 'the stream is not drained once its reader has gone',
    patches: [
      [
        settlement('settle/drain-stream'),
        'if (done) break;',
        'if (done) break; if (isLeft) { await reader.cancel(); return; }',
      ],
    ],
  },
  {
    name: 'an error in the stream is overlooked',
    patches: [[settlement('settle/drain-stream'), 'failure = heldBack;', '({}).x = heldBack;']],
  },
  {
    name: 'a stream that breaks off counts as delivered',
    patches: [
      [
        settlement('settle/settled-generations'),
        "return payment.settle({ type: 'failed', reason: 'stream-cut' });",
        "return payment.settle({ type: 'delivered' });",
      ],
    ],
  },
  {
    name: 'a failed task is paid',
    patches: [
      [
        settlement('outcome/classify-outcome'),
        "if (unified === 'error') return { type: 'failed', reason: reasonOf(raw) };",
        "if (unified === 'error') return { type: 'delivered' };",
      ],
      [settlement('settle/drain-stream'), 'failure = heldBack;', '({}).x = heldBack;'],
    ],
  },
  {
    name: 'an aborted generation is paid',
    patches: [
      [
        settlement('outcome/decide-abort'),
        "return known.type === 'delivered' ? known : refund;",
        "return { type: 'delivered' };",
      ],
    ],
  },
  {
    name: 'an abort refunds, whatever the agent has done',
    patches: [
      [
        settlement('outcome/decide-abort'),
        "return known.type === 'delivered' ? known : refund;",
        'return refund;',
      ],
    ],
  },
  {
    name: 'a kept hold is refunded',
    patches: [
      [
        settlement('state/settlement-state'),
        "return { state: { phase: 'kept', hold, taskId, ...(isWorking && { isWorking }) } };",
        "return isWorking || taskId ? settle(hold, { type: 'refund', reason: 'error' }) : { state: { phase: 'open', hold } };",
      ],
    ],
  },
  {
    name: 'a hold is adopted without the payee check',
    patches: [
      [
        settlement('hold/obtain-hold'),
        'return isSamePayee(hold.payee, request.payee) && hold.amount === request.amount',
        'return true',
      ],
    ],
  },
  {
    name: 'a kept hold is continued without the payee check',
    patches: [
      [
        settlement('hold/kept-holds'),
        'if (!isSamePayee(known.hold.payee, payee)) return undefined;',
        '',
      ],
      [
        settlement('hold/kept-holds'),
        'hold !== undefined && isSamePayee(hold.payee, payee)',
        'hold !== undefined',
      ],
    ],
  },
  {
    name: 'the seal in the conversation is not verified',
    patches: [
      [
        settlement('hold/kept-mark'),
        'if (rail !== undefined && (await sealOf(rail, kept)) === seal)',
        'if (seal !== undefined)',
      ],
    ],
  },
  {
    name: 'the conversation is believed without asking the ledger',
    patches: [
      [
        settlement('hold/kept-holds'),
        'if (rail.look === undefined) return known;',
        'return known;',
      ],
    ],
  },
  {
    name: 'two calls of one process go on with one task at once',
    patches: [
      [settlement('hold/task-turns'), 'if (this.underWay.has(key)) return undefined;', ''],
      [
        settlement('hold/task-turns'),
        "(await lease?.take()) === 'taken by another'",
        "(await lease?.take()) === 'never'",
      ],
    ],
  },
  {
    name: 'a lapsed hold is looked at as if it were held',
    patches: [
      [
        settlement('hold/settle-hold'),
        "if (state.type === 'lapsed') {",
        "if (state.type === 'lapsed') return undefined;\n  if (state.type === 'foreign') {",
      ],
    ],
  },
  {
    name: 'a release that fails is followed by a refund',
    patches: [
      [
        settlement('hold/settle-hold'),
        'if (attempt >= attempts || leftMs <= 0) throw error;',
        "if (attempt >= attempts) return rail.refund(hold, { reason: 'error' });",
      ],
    ],
  },
  {
    name: 'a failed release or refund is not tried again, and forgotten',
    patches: [
      [
        settlement('hold/settle-hold'),
        'if (attempt >= attempts || leftMs <= 0) throw error;',
        'throw error;',
      ],
      [settlement('hold/active-hold'), giveUp, "this.apply({ type: 'gave-up' });"],
    ],
  },
  {
    name: 'the journal forgets a hold before it is settled',
    patches: [
      [
        settlement('hold/active-hold'),
        'if (this.context.writeAhead) await this.write(decided);',
        'void decided; await this.context.journal.remove(this.hold.taskId);',
      ],
    ],
  },
  {
    name: 'what could not be settled is not journaled',
    patches: [[settlement('hold/active-hold'), giveUp, "this.apply({ type: 'gave-up' });"]],
  },
  {
    name: 'the journal is not written ahead',
    patches: [
      [
        settlement('hold/active-hold'),
        'if (isWanted) void this.write',
        'if (!isWanted) void this.write',
      ],
    ],
  },
  {
    name: 'the stages of a hold share one journal key',
    patches: [
      [
        settlement('state/settlement-journal'),
        'return `${prefix}${taskId}.${stage}`;',
        'return `${prefix}${taskId}.${stage.slice(0, 0)}`;',
      ],
    ],
  },
  {
    name: 'a journal entry may be written after its removal',
    patches: [
      [settlement('state/settlement-journal'), 'before.catch(() => {}).then(write)', 'write()'],
    ],
  },
  {
    name: 'a hold whose answer was lost is not undone',
    patches: [
      [
        settlement('settle/begin-held-payment'),
        'if (failure instanceof LostHoldError) {',
        'if (error === 0) {',
      ],
    ],
  },
  {
    name: 'a hold whose answer was lost counts as not made',
    patches: [[settlement('hold/obtain-hold'), 'isInDoubt = true;', '']],
  },
  {
    name: 'a lost hold is forgotten while its request may still arrive',
    patches: [
      [
        settlement('recovery/reconcile'),
        "found?.type === 'absent' &&",
        "found?.type === 'absent' ||",
      ],
    ],
  },
  {
    name: 'a hold that was made for an aborted call is not undone',
    patches: [
      [
        settlement('settle/begin-held-payment'),
        'holding.then(undoAborted, () => {})',
        'holding.then(() => {}, () => {})',
      ],
    ],
  },
  {
    name: 'the agent of a caller who left during the hold is called all the same',
    patches: [
      [
        settlement('settle/settled-generations'),
        'if (abortSignal?.aborted === true) {',
        'if (abortSignal === null) {',
      ],
    ],
  },
  {
    name: 'a task that was paid by another hold is paid again by the one that was kept',
    patches: [
      [
        settlement('hold/paid-tasks'),
        "if (others.some(isPaid)) return 'another';",
        "if (others.some(isPaid)) return 'this';",
      ],
    ],
  },
  {
    name: 'a hold does not wait for another one of its task',
    patches: [[settlement('hold/paid-tasks'), ": 'unclear';", ": 'this';"]],
  },
  {
    name: 'an answer is not verified after a crash',
    patches: [
      [
        settlement('recovery/finish-by-task'),
        ': await payment.judge(outcome, { generation: asked.generation, elapsedMs }),',
        ': outcome,',
      ],
    ],
  },
  {
    name: 'reconcile settles within the grace period',
    patches: [
      [
        settlement('recovery/finish-entry'),
        'const isFresh = now() - entry.at < options.graceMs;',
        'const isFresh = options.graceMs < 0;',
      ],
      [
        settlement('recovery/finish-entry'),
        'if (live.has(hold.taskId) || isFresh)',
        'if (isFresh)',
      ],
    ],
  },
  {
    name: 'reconcile refunds what the agent still works on',
    patches: [
      [
        settlement('state/task-states'),
        'default:\n      return undefined;',
        "default:\n      return { type: 'failed', reason: 'error' };",
      ],
    ],
  },
  {
    name: 'reconcile refunds what the journal says to release',
    patches: [
      [
        settlement('recovery/finish-entry'),
        'const { action, at, labels, task, webhook } = entry;',
        "const { at, labels, task, webhook } = entry; const action = { type: 'refund' as const, reason: 'error' as const };",
      ],
    ],
  },
  {
    name: 'reconcile does not look for orphans on the ledger',
    patches: [
      [
        settlement('recovery/reconcile'),
        'await Promise.all(rails.map(listHeld))',
        'await Promise.resolve<(Hold[] | undefined)[]>([undefined])',
      ],
    ],
  },
  {
    name: 'reconcile takes every hold of the payer for an orphan of its own',
    patches: [
      [settlement('recovery/reconcile'), 'list.call(rail, taskIdPrefix)', "list.call(rail, '')"],
      [settlement('recovery/reconcile'), "if (orphans === 'refund')", 'if (orphans)'],
    ],
  },
  {
    name: 'all that is held is paid, whatever was used',
    patches: [
      [
        settlement('state/settlement-state'),
        'return settle(hold, capture(hold, outcome.amount));',
        'return settle(hold, capture(hold));',
      ],
    ],
  },
  ...breakagesOfSelling,
  ...breakagesOfTasks,
  ...breakagesOfTools,
  ...breakagesOfTurns,
  ...breakagesOfLedger,
  ...breakagesOfCapturing,
];
