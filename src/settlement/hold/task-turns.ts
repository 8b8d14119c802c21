import type { AtomicStorage } from '../../internal/atomic-storage';
import { spellingOf } from '../state/agent-settings';
import { digestOf } from '../../internal/digest-of';
import { withJournalTimeout } from '../state/with-journal-timeout';

/** The exclusive right to continue one task, until it is given back. */
export interface TaskTurn {
  /** Whether no other machine can be using the task. */
  isSure(): boolean;
  /** Gives the right back. Safe to repeat, never throws. */
  end(): Promise<void>;
}

/**
 * Lets one call at a time continue a task: within this process, and on all machines that share an atomic
 * storage. There the right is a lease, which expires two minutes after its process crashed.
 */
export class TaskTurns {
  private readonly storage: AtomicStorage | undefined;
  private readonly underWay = new Set<string>();

  /** @param storage undefined if no other machine shares one. */
  constructor(storage: AtomicStorage | undefined) {
    this.storage = storage;
  }

  /** Undefined while another call is using the task. */
  async begin(
    agent: string,
    taskId: string,
    subject: string | undefined,
  ): Promise<TaskTurn | undefined> {
    const key = JSON.stringify([spellingOf(agent), taskId, subject ?? null]);
    if (this.underWay.has(key)) return undefined;
    this.underWay.add(key);
    const lease =
      this.storage && new Lease(this.storage, `a2a-turn:${await digestOf('turn', key)}`);
    if ((await lease?.take()) === 'taken by another') {
      this.underWay.delete(key);
      return undefined;
    }
    let ending: Promise<void> | undefined;
    return {
      isSure: () => lease?.isHeld === true && Date.now() < lease.heldUntil,
      // The next turn must not find the lease of this one.
      end: () => (ending ??= this.giveBack(key, lease)),
    };
  }

  private async giveBack(key: string, lease: Lease | undefined): Promise<void> {
    await lease?.giveBack();
    this.underWay.delete(key);
  }
}

/** An entry that expires by the storage's clock unless it is renewed. */
class Lease {
  isHeld = false;
  /** If the storage hangs, or the process was suspended, the lease expires without notice. */
  heldUntil = 0;
  private readonly storage: AtomicStorage;
  private readonly key: string;
  private readonly token = JSON.stringify(crypto.randomUUID());
  private timer: ReturnType<typeof setInterval> | undefined;
  private renewing = Promise.resolve();
  private given: Promise<unknown> | undefined;

  constructor(storage: AtomicStorage, key: string) {
    this.storage = storage;
    this.key = key;
  }

  /** A failing storage must not stop a call: the task's state then decides between concurrent calls. */
  async take(): Promise<'taken' | 'taken by another' | 'unknown'> {
    const setting = this.set().then((isSet) => isSet && this.isFree());
    const isSet = await withJournalTimeout(setting);
    // An entry that is written later is removed with the rest.
    this.renewing = setting.then(() => {}).catch(() => {});
    if (isSet === undefined) return 'unknown';
    if (!isSet) return 'taken by another';
    this.isHeld = true;
    this.timer = setInterval(() => {
      this.renewing = this.renew();
    }, renewMs);
    // The timer does not keep the process alive: the lease then expires.
    if (typeof this.timer === 'object') this.timer.unref();
    return 'taken';
  }

  async giveBack(): Promise<void> {
    clearInterval(this.timer);
    this.isHeld = false;
    // An entry that a running renewal would write again is removed after the renewal.
    const remove = () => this.storage.removeItemIfEqual(this.key, this.token);
    this.given ??= this.renewing.then(remove);
    await withJournalTimeout(this.given);
  }

  private async set(): Promise<boolean> {
    this.heldUntil = Date.now() + leaseMs - marginMs;
    if (await this.storage.setItemIfAbsent(this.key, this.token, { ttlMs: leaseMs })) return true;
    // A client that sent the request twice, because the first response was lost, was still the first.
    return stored(await this.storage.getItem(this.key)) === this.token;
  }

  /** During a renewal, the owner's entry is absent for a moment. */
  private async isFree(): Promise<boolean> {
    const renewing = await this.storage.getItem(`${this.key}.renewing`);
    if (renewing === undefined || renewing === null || stored(renewing) === this.token) return true;
    await this.storage.removeItemIfEqual(this.key, this.token);
    return false;
  }

  /** An entry cannot be extended: it is removed and set again. */
  private async renew(): Promise<void> {
    try {
      const ttlMs = renewMs / 2;
      await this.storage.setItemIfAbsent(`${this.key}.renewing`, this.token, { ttlMs });
      // If a request hangs from here on, the lease must not be trusted.
      this.isHeld = false;
      const isOurs = await this.storage.removeItemIfEqual(this.key, this.token);
      this.isHeld = isOurs && (await this.set());
      await this.storage.removeItemIfEqual(`${this.key}.renewing`, this.token);
    } catch {
      this.isHeld = false;
    }
    if (!this.isHeld) clearInterval(this.timer);
  }
}

const leaseMs = 120_000;
const renewMs = 40_000;
/** The time reserved for the decision to reach the ledger. */
const marginMs = 30_000;

/** Some storages parse their values. */
function stored(value: unknown): string {
  return typeof value === 'string' && value.startsWith('"') ? value : JSON.stringify(value);
}
