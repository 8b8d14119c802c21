import { ExchangeError } from './exchange-error';
import type { LedgerState } from './exchange-state';
import type { Account, AccountDetails, Escrow, LedgerSnapshot, Transaction } from './ledger-types';

/** The record of a token movement. */
type Entry = Pick<Transaction, 'escrowId' | 'type' | 'description'>;

/**
 * Accounts, escrows, and the only four token operations: mint, hold, pay, refund.
 *
 * After each of them `minted` equals all balances plus the treasury. All methods are synchronous, so an
 * operation that is composed of them runs within one tick and cannot be interleaved.
 */
export class Ledger {
  readonly now: () => Date;
  /** Milliseconds for which a hold may exceed its TTL before the exchange's own sweep. */
  readonly sweepAfterMs: number;
  readonly accounts = new Map<string, Account>();
  readonly escrows = new Map<string, Escrow>();
  /** Escrows with a deadline that the sweep has to check. */
  readonly open = new Set<Escrow>();
  /** In milliseconds; no open escrow expires before it. */
  nextDeadline = Number.POSITIVE_INFINITY;

  private readonly names = new Set<string>();
  private readonly heldByTask = new Map<string, Escrow>();
  private readonly dependents = new Map<string, Escrow[]>();
  private treasury = 0;
  private minted = 0;

  constructor({ now, sweepAfterMs }: { now: () => Date; sweepAfterMs: number }) {
    this.now = now;
    this.sweepAfterMs = sweepAfterMs;
  }

  register(
    details: AccountDetails,
    starterTokens: number,
    id: string = crypto.randomUUID(),
  ): Account {
    if (this.names.has(details.botName)) {
      throw new ExchangeError(409, 'A bot with this name already exists');
    }
    this.assertMintable(starterTokens);

    const account: Account = {
      ...details,
      id,
      createdAt: this.now(),
      available: 0,
      held: 0,
      earned: 0,
      spent: 0,
      reputation: 0.5,
      frozenUntil: null,
      transactions: [],
      escrows: [],
    };
    this.names.add(account.botName);
    this.accounts.set(account.id, account);
    this.mint(account, starterTokens, 'mint', 'Starter token allocation on registration');
    return account;
  }

  deposit(account: Account, amount: number, reference: string | null): void {
    this.assertMintable(amount);
    this.mint(account, amount, 'deposit', `Deposit: ${reference || 'direct'}`);
  }

  /** Moves tokens from `available` to `held`. The caller has checked the balance. */
  hold(account: Account, amount: number, entry: Entry): void {
    account.available -= amount;
    account.held += amount;
    this.record({ ...entry, from: account.id, to: null, amount });
  }

  /** Moves held tokens to the provider, and the fee to the treasury. */
  pay(
    payer: Account,
    payee: Account,
    { amount, fee, feeDescription, ...entry }: Entry & MoneyAndFee,
  ): void {
    payer.held -= amount + fee;
    payer.spent += amount + fee;
    payee.available += amount;
    payee.earned += amount;
    this.treasury += fee;
    this.record({ ...entry, from: payer.id, to: payee.id, amount });
    if (fee > 0) {
      const { escrowId } = entry;
      const description = feeDescription;
      this.record({ escrowId, type: 'fee', description, from: payer.id, to: null, amount: fee });
    }
  }

  /** Moves held tokens back to `available`. */
  giveBack(account: Account, amount: number, entry: Entry): void {
    account.held -= amount;
    account.available += amount;
    this.record({ ...entry, from: null, to: account.id, amount });
  }

  addEscrow(escrow: Escrow): void {
    this.escrows.set(escrow.id, escrow);
    this.account(escrow.requesterId).escrows.push(escrow);
    this.account(escrow.providerId).escrows.push(escrow);
    if (escrow.taskId) this.heldByTask.set(taskKey(escrow), escrow);
    for (const upstream of new Set(escrow.dependsOn)) {
      this.dependents.set(upstream, [...(this.dependents.get(upstream) ?? []), escrow]);
    }
    this.open.add(escrow);
    this.nextDeadline = Math.min(this.nextDeadline, escrow.expiresAt.getTime());
  }

  /** An account that must exist because an escrow or a key refers to it. */
  account(id: string): Account {
    const account = this.accounts.get(id);
    if (account === undefined) throw new ExchangeError(404, 'Account not found');
    return account;
  }

  escrow(id: string): Escrow {
    const escrow = this.escrows.get(id);
    if (escrow === undefined) throw new ExchangeError(404, 'Escrow not found');
    return escrow;
  }

  /** The escrow that is held for this task; there is at most one. */
  heldForTask(task: TaskKey): Escrow | undefined {
    const escrow = this.heldByTask.get(taskKey(task));
    return escrow?.status === 'held' ? escrow : undefined;
  }

  dependentsOf(escrowId: string): readonly Escrow[] {
    return this.dependents.get(escrowId) ?? [];
  }

  /** @returns a function that restores these escrows, and the balances of their parties. */
  checkpoint(escrows: Escrow[]): () => void {
    const { nextDeadline, treasury } = this;
    const parties = escrows.flatMap(({ requesterId, providerId }) => [requesterId, providerId]);
    const accounts = [...new Set(parties)].map((id) => {
      const account = this.account(id);
      const { available, held, earned, spent, transactions } = account;
      const balance = { available, held, earned, spent };
      return { account, balance, transactions: transactions.length };
    });
    const before = escrows.map((escrow) => {
      const { dispute, resolvedAt, status } = escrow;
      return { escrow, state: { dispute: dispute && { ...dispute }, resolvedAt, status } };
    });
    return () => {
      Object.assign(this, { nextDeadline, treasury });
      for (const { account, balance, transactions } of accounts) {
        Object.assign(account, balance);
        account.transactions.length = transactions;
      }
      for (const { escrow, state } of before) {
        Object.assign(escrow, state);
        this.open.add(escrow);
      }
    };
  }

  snapshot(): LedgerSnapshot {
    return {
      accounts: [...this.accounts.values()].map(
        ({ id, botName: name, available, held, earned, spent }) => {
          return { id, name, available, held, earned, spent };
        },
      ),
      treasury: this.treasury,
      minted: this.minted,
      escrows: [...this.escrows.values()].map(
        ({ id, taskId, requesterId, providerId, amount, fee, status }) => {
          const escrow = { id, requesterId, providerId, amount, fee, status };
          return taskId === null ? escrow : { ...escrow, taskId };
        },
      ),
    };
  }

  state(): LedgerState {
    const accounts = [...this.accounts.values()];
    const transactions = new Map(
      accounts.flatMap((account) => account.transactions.map((entry) => [entry.id, entry])),
    );
    return {
      treasury: this.treasury,
      minted: this.minted,
      accounts: accounts.map((account) => {
        const { escrows: _escrows, ...own } = account;
        return { ...own, transactions: account.transactions.map(({ id }) => id) };
      }),
      escrows: [...this.escrows.values()],
      open: [...this.open].map(({ id }) => id),
      transactions: [...transactions.values()],
    };
  }

  /**
   * Puts a state into an empty ledger.
   *
   * @throws If its sums do not agree.
   */
  restore({ accounts, escrows, open, transactions, treasury, minted }: LedgerState): void {
    const total = accounts.reduce((sum, { available, held }) => sum + available + held, treasury);
    if (total !== minted) throw new Error('The sums of the ledger do not agree.');
    const entries = new Map(transactions.map((entry) => [entry.id, entry]));
    for (const account of accounts) {
      const own = account.transactions.flatMap((id) => entries.get(id) ?? []);
      this.accounts.set(account.id, { ...account, transactions: own, escrows: [] });
      this.names.add(account.botName);
    }
    for (const escrow of escrows) this.addEscrow(escrow);
    const isOpen = new Set(open);
    for (const escrow of escrows) {
      if (!isOpen.has(escrow.id)) this.open.delete(escrow);
    }
    this.treasury = treasury;
    this.minted = minted;
    // The first sweep computes it.
    this.nextDeadline = Number.NEGATIVE_INFINITY;
  }

  private mint(account: Account, amount: number, type: string, description: string): void {
    this.minted += amount;
    account.available += amount;
    this.record({ escrowId: null, type, description, from: null, to: account.id, amount });
  }

  private assertMintable(amount: number): void {
    // Above the safe integers a sum would silently lose tokens.
    if (
      !Number.isSafeInteger(amount) ||
      amount < 0 ||
      !Number.isSafeInteger(this.minted + amount)
    ) {
      throw new ExchangeError(400, 'Amount is out of range');
    }
  }

  private record(entry: Omit<Transaction, 'id' | 'createdAt'>): void {
    const transaction = { id: crypto.randomUUID(), ...entry, createdAt: this.now() };
    for (const id of new Set([entry.from, entry.to])) {
      if (id !== null) this.account(id).transactions.push(transaction);
    }
  }
}

interface MoneyAndFee {
  amount: number;
  fee: number;
  feeDescription: string;
}

interface TaskKey {
  requesterId: string;
  providerId: string;
  taskId: string | null;
}

// Account ids are UUIDs, or ids of no account: neither can be confused with a part of the task id.
function taskKey({ requesterId, providerId, taskId }: TaskKey): string {
  return `${requesterId} ${providerId} ${taskId}`;
}
