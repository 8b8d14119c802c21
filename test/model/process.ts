import {
  createSettlement,
  exchangeRail,
  type Settlement,
  type SettlementReceipt,
} from '../../src/index';
import type { FaultyExchange } from './faulty-exchange';
import { Mortal } from './mortal';
import { Disk } from './mortal-storage';
import type { Schedule } from './schedule';

/** What a process said of a hold. */
export interface Told {
  escrowId: string;
  name: 'released' | 'refunded' | 'kept' | 'unresolved';
  receipt: SettlementReceipt;
}

/** Tokens held for a generation; with a metered price, the most that may be used. */
export const price = 100;

/** A settlement in a process that may die. */
export class Process extends Mortal {
  readonly settlement: Settlement;
  readonly disk: Disk;
  readonly told: Told[] = [];
  private readonly pending = new Set<Promise<unknown>>();

  constructor(
    { journal, seed, writeAhead }: Schedule,
    { agents, line, shared }: { agents: string[]; line: FaultyExchange; shared: Disk },
  ) {
    super();
    this.disk = journal === 'shared' ? shared : new Disk(seed);
    this.settlement = createSettlement({
      rail: exchangeRail({
        exchangeUrl: line.url,
        apiKey: line.payer.apiKey,
        fetch: line.line(this),
      }),
      agents: Object.fromEntries(
        agents.map((id, index) => [id, { accountId: line.payees[index]?.accountId ?? '' }]),
      ),
      price,
      verify: ({ text }) => text !== 'rubbish',
      retry: { attempts: 4, initialMs: 0.1 },
      journal: { writeAhead, storage: this.disk.mount(this) },
      waitUntil: (promise) => {
        this.pending.add(promise);
        const done = () => this.pending.delete(promise);
        promise.then(done, done);
      },
    });
    for (const name of ['released', 'refunded', 'kept', 'unresolved'] as const) {
      this.settlement.on(name, ({ receipt }) => {
        const { escrowId } = receipt;
        if (this.isAlive && escrowId !== undefined) this.told.push({ escrowId, name, receipt });
      });
    }
  }

  /** Ends when it has nothing more to do, or dies. */
  async rest(): Promise<void> {
    while (this.isAlive && this.pending.size > 0) {
      await Promise.race([Promise.allSettled(this.pending), this.died]);
    }
  }

  /** What it thinks is written. */
  async written(): Promise<void> {
    while (this.isAlive && this.writing > 0) await new Promise(setImmediate);
  }
}
