import type { LanguageModelV4Prompt, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { wrapLanguageModel } from 'ai';
import fc from 'fast-check';
import { createSettlement, exchangeRail, type Settlement } from '../../src/index';
import { FaultyExchange, faults, type Fault } from './faulty-exchange';
import { ScriptedAgent, type AgentTurn } from './scripted-model';

/** One generation of a schedule, with what goes wrong around it. */
interface Step {
  turn: AgentTurn;
  /** Goes on with a task that waits, if there is one. */
  continues: boolean;
  consumer: 'reads all' | 'leaves' | 'aborts' | 'aborts at once' | 'never reads';
  faults: Fault[];
  /** The process dies: before the settlement is known to the ledger, or not at all. */
  dies: 'no' | 'while the agent works' | 'after it';
  /** Another process goes on, and knows nothing but the journal and the messages. */
  restart: boolean;
  reconciles: number;
  /** Another machine reconciles while the agent works. */
  reconcilesMeanwhile: boolean;
  lapses: boolean;
}

export interface Schedule {
  steps: Step[];
  journal: 'shared' | 'none';
  writeAhead: boolean;
}

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  journal: fc.constantFrom('shared' as const, 'none' as const),
  writeAhead: fc.boolean(),
  steps: fc.array(
    fc.record({
      turn: fc.constantFrom<AgentTurn>(
        'completes',
        'completes',
        'fails',
        'asks back',
        'cuts the line',
        'throws at once',
        'hangs',
      ),
      continues: fc.boolean(),
      consumer: fc.constantFrom(
        'reads all' as const,
        'reads all' as const,
        'leaves' as const,
        'aborts' as const,
        'aborts at once' as const,
        'never reads' as const,
      ),
      faults: fc.array(fc.constantFrom(...faults), { maxLength: 8 }),
      dies: fc.constantFrom(
        'no' as const,
        'no' as const,
        'no' as const,
        'while the agent works' as const,
        'after it' as const,
      ),
      restart: fc.boolean(),
      reconciles: fc.constantFrom(0, 0, 1, 2),
      reconcilesMeanwhile: fc.boolean(),
      lapses: fc.integer({ min: 0, max: 9 }).map((number) => number === 9),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});

/** A hold that was made, and which way the agent's real outcome demands that it went. */
interface Demand {
  escrowId: string;
  /** The agent's task it was held for. */
  task: string;
  /** By the real state of the agent's task, which goes on when a process dies. */
  direction: () => 'released' | 'refunded' | 'open';
  /** Its time was over while it was open. */
  hasLapsed: boolean;
  /** No process that lives knows how it ended. */
  isOrphan: boolean;
}

/**
 * Plays a schedule against a real exchange and checks the ledger. Throws what is wrong.
 */
export async function play({ steps, journal, writeAhead }: Schedule): Promise<void> {
  const line = new FaultyExchange();
  const agent = new ScriptedAgent();
  const storage = memoryStorage();
  const demands = new Map<string, Demand>();
  const events = new Map<string, string[]>();
  let waiting: { taskId: string; metadata: SharedV4ProviderMetadata | undefined } | undefined;
  const provider = { languageModel: () => agent.model('completes').model };
  let process = startProcess();

  for (const step of steps) {
    if (step.restart) process = startProcess();
    await generation(step);
    if (step.lapses) {
      line.now += 2 * 3_600_000;
      waiting = undefined;
      for (const demand of demands.values()) {
        demand.hasLapsed ||= demand.direction() === 'open' || demand.isOrphan;
      }
    }
    await Promise.all(
      Array.from({ length: step.reconciles }, () =>
        startProcess().settlement.reconcile({ provider, graceMs: 0 }),
      ),
    );
  }

  // The line is good again, whatever is alive reconciles, twice at once.
  line.faults = [];
  const survivors = [process, startProcess()];
  await Promise.all(
    survivors.map(({ settlement }) => settlement.reconcile({ provider, graceMs: 0 })),
  );
  const report = await process.settlement.reconcile({ provider, graceMs: 0 });
  check(new Set([...report.unresolved, ...report.open].map(({ escrowId }) => escrowId)));

  function startProcess() {
    const life = { isAlive: true };
    const settlement = createSettlement({
      rail: exchangeRail({
        exchangeUrl: line.url,
        apiKey: line.payer.apiKey,
        fetch: line.line(life),
      }),
      agents: { agent: { accountId: line.payee.accountId } },
      retry: { attempts: 4, initialMs: 0.1 },
      journal: {
        writeAhead,
        ...(journal === 'shared' && { storage: storageOf(life) }),
      },
    });
    for (const name of ['released', 'refunded'] as const) {
      settlement.on(name, ({ receipt }) => {
        if (!life.isAlive || receipt.escrowId === undefined) return;
        events.set(receipt.escrowId, [...(events.get(receipt.escrowId) ?? []), name]);
      });
    }
    return { life, settlement };
  }

  function storageOf(life: { isAlive: boolean }) {
    return {
      ...storage,
      setItem: async (key: string, value: string) => {
        if (life.isAlive) await storage.setItem(key, value);
      },
      removeItem: async (key: string) => {
        if (life.isAlive) await storage.removeItem(key);
      },
    };
  }

  async function generation(step: Step): Promise<void> {
    const continued = step.continues ? waiting : undefined;
    const { model, taskId, seen } = agent.model(
      step.turn,
      continued === undefined ? {} : { taskId: continued.taskId },
    );
    if (continued !== undefined) waiting = undefined;
    const { life, settlement } = process;
    const current: Current = { ends: [], seen };
    const stops = listen(settlement, current);
    line.faults = [...step.faults];
    const abort = new AbortController();
    const wrapped = wrapLanguageModel({ model, middleware: settlement.middleware });
    if (step.consumer === 'aborts at once') abort.abort();
    let metadata: SharedV4ProviderMetadata | undefined;
    try {
      const { stream } = await wrapped.doStream({
        prompt: promptOf(continued),
        abortSignal: abort.signal,
      });
      const meanwhile = step.reconcilesMeanwhile
        ? startProcess().settlement.reconcile({ provider, graceMs: 0 })
        : undefined;
      if (step.dies === 'while the agent works') life.isAlive = false;
      if (step.turn === 'hangs' || step.consumer === 'aborts') abort.abort();
      if (step.consumer === 'reads all') {
        for await (const part of stream) {
          if (part.type === 'text-end') metadata = part.providerMetadata;
          if (!life.isAlive) break;
        }
      } else if (step.consumer === 'leaves') {
        const reader = stream.getReader();
        await reader.read();
        await reader.cancel();
      }
      await meanwhile;
    } catch {
      // Failed generations are part of the game.
    }
    if (life.isAlive) await untilQuiet(current);
    for (const stop of stops) stop();
    if (step.dies === 'after it') life.isAlive = false;

    const escrowId = current.escrowId ?? seen();
    if (escrowId !== undefined) {
      const died = step.dies === 'while the agent works';
      const state = agent.states.get(taskId);
      const isAborted = abort.signal.aborted && state !== 'completed';
      // Where no agent was reached, or the process saw the end, that end counts; else what comes.
      const ended = step.turn === 'throws at once' ? 'failed' : state;
      const isOpen = died || ended === 'input-required';
      demands.set(escrowId, {
        escrowId,
        task: taskId,
        direction: () =>
          isOpen ? direction(agent.states.get(taskId), false) : direction(ended, isAborted),
        hasLapsed: false,
        isOrphan: died,
      });
      if (ended === 'input-required' && !died) waiting = { taskId, metadata };
    }
    if (!life.isAlive) process = startProcess();
  }

  function check(named: Set<string | undefined>): void {
    const { accounts, escrows, minted, treasury } = line.exchange.ledger();
    const sum = accounts.reduce((total, { available, held }) => total + available + held, treasury);
    if (sum !== minted) throw new Error(`tokens lost: ${minted} became ${sum}`);
    const paid = new Map<string, string>();
    for (const { id, status } of escrows) {
      const demand = demands.get(id);
      const told = new Set(events.get(id));
      if (told.size > 1) throw new Error(`${id} was both released and refunded`);
      if (demand?.task !== undefined && status === 'released') {
        const { task } = demand;
        if (paid.has(task)) throw new Error(`${task} was paid by ${paid.get(task)} and ${id}`);
        paid.set(task, id);
      }
      if (status === 'held') {
        const isWaiting = demand?.direction() === 'open';
        if (!isWaiting && !named.has(id)) {
          throw new Error(`${id} is held and nobody says so (demanded: ${demand?.direction()})`);
        }
        if (demand !== undefined && !demand.isOrphan && !isWaiting && journal === 'shared') {
          throw new Error(`${id} could have been ${demand.direction()}`);
        }
        continue;
      }
      // What was held for a call that went on unpaid has no demand of its own: it goes back.
      const demanded = demand?.direction() ?? 'refunded';
      const is = status === 'expired' ? 'refunded' : status;
      const mayGoBack = status === 'expired' || demand?.hasLapsed === true;
      if (is === demanded || demanded === 'open' || (is === 'refunded' && mayGoBack)) continue;
      throw new Error(`${id} is ${status}, the agent's outcome demands ${demanded}`);
    }
  }
}

/** What is seen of one generation from outside. */
interface Current {
  escrowId?: string;
  ends: string[];
  /** The escrow the agent was shown. */
  seen: () => string | undefined;
}

function direction(state: string | undefined, isAborted: boolean): ReturnType<Demand['direction']> {
  if (isAborted) return 'refunded';
  if (state === 'completed') return 'released';
  return state === 'input-required' || state === 'working' ? 'open' : 'refunded';
}

function listen(settlement: Settlement, current: Current) {
  return (['held', 'released', 'refunded', 'kept', 'unresolved'] as const).map((name) =>
    settlement.on(name, ({ receipt }) => {
      if (receipt.escrowId === undefined) return;
      if (name === 'held') current.escrowId = receipt.escrowId;
      // What was held for a call that went on unpaid ends, too, but is not this generation's.
      else if (receipt.escrowId === (current.escrowId ?? current.seen())) current.ends.push(name);
    }),
  );
}

async function untilQuiet(current: Current): Promise<void> {
  for (let round = 0; round < 400; round++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const isPaid = (current.escrowId ?? current.seen()) !== undefined;
    if (isPaid ? current.ends.length > 0 : round > 6) return;
  }
  throw new Error(`${current.escrowId} never ended`);
}

function promptOf(
  continued: { taskId: string; metadata: SharedV4ProviderMetadata | undefined } | undefined,
): LanguageModelV4Prompt {
  const user = { role: 'user' as const, content: [{ type: 'text' as const, text: 'Go' }] };
  if (continued === undefined) return [user];
  const { metadata, taskId } = continued;
  const providerOptions = metadata ?? { a2a: { taskId, state: 'input-required' } };
  return [
    user,
    { role: 'assistant', content: [{ type: 'text', text: 'Hi', providerOptions }] },
    user,
  ];
}

function memoryStorage() {
  const items = new Map<string, string>();
  return {
    getItem: async (key: string) => items.get(key),
    setItem: async (key: string, value: string) => void items.set(key, value),
    removeItem: async (key: string) => void items.delete(key),
    getKeys: async (base = '') => [...items.keys()].filter((key) => key.startsWith(base)),
  };
}
