import { rail, settlement, type Breakage } from './breakage';

const lookups = rail('create-escrow-lookups');
const limits = settlement('plan/spending-limits');
const reservations = settlement('plan/reservations');
const reconcile = settlement('recovery/reconcile');
const finishEntry = settlement('recovery/finish-entry');

/** Of what the exchange says, of whose clock counts, and of limits. */
export const breakagesOfLedger: Breakage[] = [
  {
    name: 'ECONNRESET counts as never sent',
    patches: [
      [
        'src/internal/is-never-connected.ts',
        "  'ECONNREFUSED',\n",
        "  'ECONNREFUSED',\n  'ECONNRESET',\n",
      ],
    ],
    tests: [
      'test/rails/exchange/exchange-request.test.ts',
      'test/rails/exchange/exchange-error.test.ts',
    ],
  },
  {
    name: 'listHeld reads one page',
    patches: [
      [
        lookups,
        'isLast = inRound.size === before || (escrows.length < PAGE && read >= total);',
        'isLast = true;',
      ],
    ],
    tests: ['test/rails/exchange/escrow-lookups.test.ts'],
  },
  {
    name: 'listHeld also gives what the payer is paid by',
    patches: [[lookups, 'asked.filter(({ requesterId }) => requesterId === accountId)', 'asked']],
    tests: ['test/rails/exchange/escrow-lookups.test.ts'],
  },
  {
    name: 'a hold past its expiry is held as long as the ledger says so',
    patches: [
      [
        rail('escrow-to-hold'),
        "escrow.expiresAt.getTime() <= now ? { type: 'lapsed' } : { type: 'held' }",
        "{ type: 'held' }",
      ],
    ],
    tests: [
      'test/rails/exchange/exchange-clock.test.ts',
      'test/rails/exchange/exchange-rail.test.ts',
    ],
  },
  {
    name: 'the answer about another escrow is accepted',
    patches: [[rail('exchange-request'), "parsed.data['escrowId'] !== request.escrowId", 'false']],
  },
  {
    name: 'a hold for another payee is accepted',
    patches: [
      [rail('escrow-to-hold'), "...(escrow.providerId === request.payee ? [] : ['payee']),", ''],
    ],
    tests: [
      'test/rails/exchange/matched-answers.test.ts',
      'test/rails/exchange/exchange-rail.test.ts',
    ],
  },
  {
    name: 'a hold for another group is accepted',
    patches: [
      [
        rail('escrow-to-hold'),
        "...((escrow.groupId ?? request.group) === request.group ? [] : ['group']),",
        '',
      ],
    ],
    tests: ['test/rails/exchange/matched-answers.test.ts'],
  },
  {
    name: 'a release of another sum is accepted',
    patches: [[rail('create-escrow-settling'), 'amountPaid === hold.amount;', 'amountPaid >= 0;']],
    tests: ['test/rails/exchange/matched-answers.test.ts'],
  },
  {
    name: 'the exchange is not asked for its time',
    patches: [[rail('exchange-clock'), "if (!isUsable || headers.has('age')) return;", 'return;']],
    tests: ['test/rails/exchange/exchange-clock.test.ts'],
  },
  {
    name: 'a wait that the exchange asks for has no cap',
    patches: [[settlement('state/backoff'), 'Math.min(asked, 30_000)', 'asked']],
    tests: ['test/settlement/backoff.test.ts', 'test/settlement/settle-hold.test.ts'],
  },
  {
    name: 'the group of a task does not name the agent',
    patches: [
      [
        settlement('hold/paid-tasks'),
        'digestOf(spellingOf(agent), taskId)',
        "digestOf('', taskId)",
      ],
    ],
  },
  {
    name: 'a release counts as done when the hold was refunded',
    patches: [
      [
        settlement('hold/settle-hold'),
        'if (fitting[action.type].includes(settled.status)) return settled;',
        'return settled;',
      ],
    ],
    tests: ['test/settlement/settle-hold.test.ts'],
  },
  {
    name: 'the settlement goes by its own clock',
    patches: [
      [
        settlement('settling'),
        'const now = () => rail.now?.() ?? Date.now();',
        'const now = () => Date.now();',
      ],
    ],
  },
  {
    name: 'what was decided is not tried when its time is over',
    patches: [
      [
        finishEntry,
        "return type === 'settling' && recorded?.state.type === 'lapsed';",
        'return false;',
      ],
    ],
    tests: ['test/settlement/clocks.test.ts', 'test/settlement/reconcile.test.ts'],
  },
  {
    name: 'a live hold is finished by its journal entry',
    patches: [[finishEntry, 'live.has(hold.taskId) || ', '']],
    tests: ['test/settlement/taken-turns.test.ts'],
  },
  {
    name: 'the holds of another payer are settled',
    patches: [[finishEntry, "if (recorded?.isOurs === false) return leave('open');", '']],
    tests: ['test/settlement/reconcile-shared.test.ts', 'test/settlement/reconcile.test.ts'],
  },
  {
    name: 'the search for orphans reads neither what is live nor the journal again',
    patches: [
      [reconcile, 'for (const taskId of live) inUse.add(taskId);', ''],
      [
        reconcile,
        'for (const entry of (await journal.list()).entries) known.add(taskIdOf(entry));',
        '',
      ],
    ],
    tests: ['test/settlement/reconcile-orphans.test.ts'],
  },
  {
    name: 'a torn entry is removed while its hold is held',
    patches: [
      [reconcile, 'if (lists.includes(undefined)) return;', ''],
      [reconcile, 'torn.filter((taskId) => !heldTasks.has(taskId))', 'torn'],
    ],
    tests: [
      'test/settlement/reconcile-orphans.test.ts',
      'test/settlement/settlement-journal.test.ts',
    ],
  },
  {
    name: 'the context counts before the conversation that the call names',
    patches: [
      [
        settlement('settle/begin-held-payment'),
        'conversationIdOf(params) ?? contextId',
        'contextId ?? conversationIdOf(params)',
      ],
    ],
    tests: ['test/settlement/limits-in-calls.test.ts'],
  },
  {
    name: 'limits are counted before they are reserved',
    patches: [
      [limits, 'this.reserved.set(id, own);\n      await this.reservations.put(id, own);\n', ''],
      [
        limits,
        'const all = stored.filter((other) => other.currency === currency);',
        'const all = [...stored.filter((other) => other.currency === currency), own];\n    await this.reservations.put(id, own);',
      ],
      [
        reservations,
        'if (storage === undefined) return work();',
        'if (storage !== null) return work();',
      ],
    ],
    tests: ['test/settlement/spending-limits.test.ts'],
  },
  {
    name: 'reservations of machines whose clock is behind are swept',
    patches: [
      [reservations, 'now - spanMs - skewMs;', 'now - spanMs + skewMs;'],
      [reservations, 'entry.openUntil > now - skewMs', 'entry.openUntil > now + skewMs'],
      [limits, 'known === undefined || isGuess ? skewMs : 0', '-skewMs'],
    ],
    tests: ['test/settlement/spending-limits.test.ts'],
  },
  {
    name: 'what was paid does not count as spent',
    patches: [
      [
        limits,
        'if (compareAmounts(cost.amount, 0) === 0) return this.drop(id);',
        'return this.drop(id);',
      ],
    ],
  },
  {
    name: 'what a kept hold reserves is dropped',
    patches: [
      [
        settlement('state/settlement-receipt'),
        "status === 'refunded' || status === 'late' ? 0",
        "status === 'refunded' || status === 'kept' || status === 'late' ? 0",
      ],
    ],
  },
  {
    name: 'calls under way are not counted',
    patches: [[limits, 'concurrent !== undefined && open > concurrent', 'concurrent === -1']],
    tests: ['test/settlement/spending-limits.test.ts'],
  },
  {
    name: 'the reservation of a call that held nothing stays',
    patches: [
      [
        settlement('settle/begin-held-payment'),
        'await limits.drop(request.taskId);\n    return paymentWithoutHold',
        'return paymentWithoutHold',
      ],
    ],
    tests: ['test/settlement/limits-in-calls.test.ts'],
  },
  {
    name: 'a webhook is believed without its token',
    patches: [
      [
        settlement('recovery/handle-push-notification'),
        'known.filter((entry) => haveCommon(shown, webhookOf(entry)))',
        'known',
      ],
    ],
    tests: ['test/settlement/handle-push-notification.test.ts'],
  },
  {
    name: 'two settlements around one model both pay',
    patches: [
      [
        settlement('settle/settled-by'),
        "return Reflect.get(await supportedUrls, mark) ?? (isMarked(call) ? 'around' : undefined);",
        'return undefined;',
      ],
    ],
    tests: ['test/settlement/double-wrapping.test.ts'],
  },
];
