import { ExchangeError } from './exchange-error';
import { feeOf } from './fee';
import type { Ledger } from './ledger';
import type { Account, Escrow, EscrowTerms } from './ledger-types';
import { assertMaySpend } from './spending-guard';

const MIN_AMOUNT = 1;
const MAX_AMOUNT = 10_000;
const DEFAULT_TTL_MINUTES = 30;
/** The last instant with a four-digit year. */
const LAST_INSTANT = Date.UTC(10_000, 0, 1) - 1;

/** Holds amount and fee of one requester for one provider. */
export function openEscrow(ledger: Ledger, requester: Account, terms: EscrowTerms): Escrow {
  assertAmountAndParties(requester, terms);

  const fee = feeOf(terms.amount);
  const total = terms.amount + fee;
  if (requester.available < total) {
    throw new ExchangeError(
      400,
      `Insufficient balance. Need ${total} (${terms.amount} + ${fee} fee), have ${requester.available}`,
    );
  }
  assertMaySpend(ledger, requester, total);
  if (!ledger.accounts.has(terms.providerId)) {
    throw new ExchangeError(404, 'Provider account not found');
  }
  assertUpstreamsOwned(ledger, requester, terms.dependsOn);
  assertTaskFree(ledger, requester, terms);

  return addHold(ledger, requester, terms, 'Escrow');
}

/** Opens all of the escrows or none. `depends_on` may use `$0` for the batch's first. */
export function openEscrowBatch(
  ledger: Ledger,
  requester: Account,
  batch: EscrowTerms[],
): Escrow[] {
  for (const terms of batch) assertAmountAndParties(requester, terms);

  const total = batch.reduce((sum, { amount }) => sum + amount + feeOf(amount), 0);
  if (requester.available < total) {
    throw new ExchangeError(
      400,
      `Insufficient balance for batch. Need ${total}, have ${requester.available}`,
    );
  }
  assertMaySpend(ledger, requester, total);

  const tasks = new Set<string>();
  for (const [index, terms] of batch.entries()) {
    if (!ledger.accounts.has(terms.providerId)) {
      throw new ExchangeError(404, `Provider account not found: ${terms.providerId}`);
    }
    for (const reference of terms.dependsOn ?? []) assertEarlierItem(reference, index);
    assertTaskFree(ledger, requester, terms);
    if (terms.taskId) {
      const task = `${terms.providerId} ${terms.taskId}`;
      if (tasks.has(task)) {
        throw new ExchangeError(409, 'The batch opens more than one escrow for one task_id');
      }
      tasks.add(task);
    }
    expiryOf(ledger, terms);
  }

  const escrows: Escrow[] = [];
  for (const terms of batch) {
    const dependsOn = terms.dependsOn?.map((id) => escrows[batchIndex(id) ?? -1]?.id ?? id) ?? null;
    escrows.push(addHold(ledger, requester, { ...terms, dependsOn }, 'Batch escrow'));
  }
  return escrows;
}

function addHold(ledger: Ledger, requester: Account, terms: EscrowTerms, what: string): Escrow {
  const { ttlMinutes: _, ...agreed } = terms;
  const escrow: Escrow = {
    ...agreed,
    id: crypto.randomUUID(),
    requesterId: requester.id,
    fee: feeOf(terms.amount),
    createdAt: ledger.now(),
    expiresAt: expiryOf(ledger, terms),
    status: 'held',
    resolvedAt: null,
    delivery: null,
    dispute: null,
    partial: null,
  };
  ledger.addEscrow(escrow);
  ledger.hold(requester, escrow.amount + escrow.fee, {
    escrowId: escrow.id,
    type: 'escrow_hold',
    description: `${what} for task: ${terms.taskType || terms.taskId || 'unspecified'}`,
  });
  return escrow;
}

function assertAmountAndParties(requester: Account, { amount, providerId }: EscrowTerms): void {
  if (amount < MIN_AMOUNT || amount > MAX_AMOUNT) {
    throw new ExchangeError(400, `Amount must be between ${MIN_AMOUNT} and ${MAX_AMOUNT}`);
  }
  if (providerId === requester.id) throw new ExchangeError(400, 'Cannot escrow to yourself');
}

function assertUpstreamsOwned(
  ledger: Ledger,
  requester: Account,
  dependsOn: string[] | null,
): void {
  if (dependsOn === null) return;
  const owned = new Set(
    dependsOn.filter((id) => ledger.escrows.get(id)?.requesterId === requester.id),
  );
  if (owned.size !== dependsOn.length) {
    throw new ExchangeError(
      400,
      'One or more depends_on escrow IDs not found or not owned by requester',
    );
  }
}

function assertTaskFree(ledger: Ledger, requester: Account, terms: EscrowTerms): void {
  if (!terms.taskId) return;
  const existing = ledger.heldForTask({ ...terms, requesterId: requester.id });
  if (existing !== undefined) {
    throw new ExchangeError(
      409,
      `An active escrow already exists for this task_id (escrow_id=${existing.id})`,
    );
  }
}

function assertEarlierItem(reference: string, index: number): void {
  if (!reference.startsWith('$')) return;
  const earlier = batchIndex(reference);
  if (earlier === undefined || earlier >= index) {
    throw new ExchangeError(400, `depends_on '${reference}' must reference an earlier batch item`);
  }
}

function batchIndex(reference: string): number | undefined {
  return /^\$\d+$/.test(reference) ? Number(reference.slice(1)) : undefined;
}

function expiryOf(ledger: Ledger, { ttlMinutes }: EscrowTerms): Date {
  const expiry = ledger.now().getTime() + (ttlMinutes || DEFAULT_TTL_MINUTES) * 60_000;
  if (expiry > LAST_INSTANT || expiry < 0) {
    throw new ExchangeError(400, 'ttl_minutes is out of range');
  }
  return new Date(expiry);
}
