import type { LanguageModelV4 } from '@ai-sdk/provider';
import {
  createA2A,
  createSettlement,
  exchangeRail,
  type Settlement,
  type SettlementReceipt,
} from '../../src/index';
import { ConversationSeals } from '../../src/provider/message/conversation-seals';
import { agentModel, type Known } from './agent-model';
import { clock, withSkew } from './clock';
import { ttlMinutes, type FaultyExchange } from './faulty-exchange';
import { Mortal } from './mortal';
import { Disk } from './mortal-storage';
import type { Schedule } from './schedule';
import type { ScriptedAgent } from './scripted-agent';

/** What a process said of a hold. */
export interface Told {
  escrowId: string;
  name: 'held' | 'released' | 'refunded' | 'kept' | 'unresolved';
  receipt: SettlementReceipt;
}

/** Tokens held for a generation; with a metered price, the most that may be used. */
export const price = 100;

/** Whom the agents' accounts belong to: two of three share one. */
export const payeeOf = { one: 0, two: 1, three: 0 } as const;

/** A settlement, and the A2A provider beside it, in a process that may die and has a clock of its own. */
export class Process extends Mortal {
  readonly settlement: Settlement;
  readonly disk: Disk;
  readonly told: Told[] = [];
  /** Finds the agents' models, to ask them. */
  readonly provider: { languageModel: (id: string) => LanguageModelV4 };
  private readonly known = new Map<string, Known>();
  private readonly pending = new Set<Promise<unknown>>();
  private readonly skewMs: number;

  constructor(
    { journal, limits, secrets, seed, writeAhead }: Schedule,
    {
      agents,
      line,
      shared,
      skewMs,
    }: { agents: ScriptedAgent[]; line: FaultyExchange; shared: Disk; skewMs: number },
  ) {
    super();
    this.skewMs = skewMs;
    this.disk = journal === 'own memory' ? new Disk(seed) : shared;
    const secret = secrets === 'shared' ? 's'.repeat(32) : crypto.randomUUID();
    const conversation = secrets === 'unsealed' ? ('unsealed' as const) : { secret };
    const urlOf = (id: string) => `http://${id}.test/`;
    const a2a = createA2A({
      agents: Object.fromEntries(agents.map(({ id }) => [id, { url: urlOf(id) }])),
      conversation,
    });
    for (const { id } of agents) {
      const seals = new ConversationSeals({ agent: id, address: urlOf(id), options: conversation });
      this.known.set(id, { model: a2a(id), seals });
    }
    this.provider = {
      languageModel: (id) => {
        const agent = agents.find((one) => one.id === id);
        if (agent === undefined) throw new Error('no such model');
        return agentModel(agent, this.knows(agent.id));
      },
    };
    const accounts = new Map(
      Object.entries(payeeOf).map(([id, index]) => [id, line.payees[index].accountId]),
    );
    this.settlement = this.run(() =>
      createSettlement({
        rail: exchangeRail({
          exchangeUrl: line.url,
          apiKey: line.payer.apiKey,
          fetch: line.line(this),
        }),
        agents: Object.fromEntries(
          agents.map(({ id }) => [id, { accountId: accounts.get(id) ?? '' }]),
        ),
        price,
        ttlMinutes,
        verify: ({ text }) => text !== 'rubbish',
        retry: { attempts: 4 },
        ...(limits !== undefined && { limits }),
        journal: {
          writeAhead,
          storage: journal === 'atomic' ? this.disk.mountAtomic(this) : this.disk.mount(this),
        },
        waitUntil: (promise) => {
          this.pending.add(promise);
          const done = () => this.pending.delete(promise);
          promise.then(done, done);
        },
      }),
    );
    for (const name of ['held', 'released', 'refunded', 'kept', 'unresolved'] as const) {
      this.settlement.on(name, ({ receipt }) => {
        const { escrowId } = receipt;
        if (this.isAlive && escrowId !== undefined) this.told.push({ escrowId, name, receipt });
      });
    }
  }

  /** Runs code by this process's clock. */
  run<T>(code: () => T): T {
    return withSkew(this.skewMs, code);
  }

  /** The real provider's model of an agent, which sends nothing here, and its seals. */
  knows(agent: string): Known {
    const known = this.known.get(agent);
    if (known === undefined) throw new Error(`Nobody knows ${agent}`);
    return known;
  }

  override async rest(): Promise<void> {
    while (this.isAlive && this.pending.size > 0) {
      await Promise.race([Promise.allSettled(this.pending), this.died]);
    }
  }

  /** What it thinks is written. */
  async written(): Promise<void> {
    while (this.isAlive && this.writing > 0) await clock.sleep(1);
  }
}
