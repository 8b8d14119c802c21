import type { FaultyExchange } from './faulty-exchange';
import type { Disk } from './mortal-storage';
import { price, type Process } from './process';
import type { Schedule } from './schedule';
import type { AgentRun } from './scripted-agent';

/** One call of an agent, and what is known of it from outside. */
export interface Generation {
  run: AgentRun;
  process: Process;
  payee: string;
  /** Its process lived to see its end. */
  sawEnd: boolean;
  /** Its process died, and had all in its journal that it wanted there. */
  isWritten: boolean;
  /** Another call answered the same question at the same time. */
  isTwin: boolean;
}

/** Which way a hold has to go. `open`: the agent works or waits, as far as anybody knows. */
type Demand = { type: 'released'; amount: number } | { type: 'refunded' } | { type: 'open' };

type Escrow = ReturnType<FaultyExchange['exchange']['ledger']>['escrows'][number];

/** Holds the ledger against what really happened. Throws what is wrong. */
export function checkLedger({
  disk,
  generations,
  hasLapsed,
  line,
  named,
  processes,
  schedule,
  untouchable,
}: {
  disk: Disk;
  generations: Generation[];
  /** There was a time at which holds lapsed. */
  hasLapsed: boolean;
  line: FaultyExchange;
  /** What the last reconciliation called open or unresolved. */
  named: Set<string | undefined>;
  processes: Process[];
  schedule: Schedule;
  untouchable: string[];
}): void {
  const { accounts, escrows, minted, treasury } = line.exchange.ledger();
  const sum = accounts.reduce((total, { available, held }) => total + available + held, treasury);
  if (sum !== minted) throw new Error(`tokens lost: ${minted} became ${sum}`);

  const earned = new Map<string, number>();
  const paid = new Map<string, string>();
  for (const escrow of escrows) {
    if (untouchable.includes(escrow.id)) {
      if (escrow.status !== 'held') throw new Error(`a foreign hold is ${escrow.status}`);
      continue;
    }
    checkEscrow(escrow);
  }
  for (const { accountId } of line.payees) {
    const account = accounts.find(({ id }) => id === accountId);
    const demanded = earned.get(accountId) ?? 0;
    if (account?.earned !== demanded) {
      throw new Error(`a payee earned ${account?.earned}, its work demands ${demanded}`);
    }
  }
  checkTold();
  checkJournal();

  function checkEscrow({ id, providerId, status }: Escrow): void {
    const under = generations.filter(({ run }) => run.escrowId === id);
    // A call that was refused says nothing of what the one before it delivered.
    const last = under.findLast(({ run }) => !run.isRefused) ?? under.at(-1);
    const isRefused = under.some(({ run }) => run.isRefused);
    if (under.some(({ payee }) => payee !== providerId)) {
      throw new Error(`${id} was shown to an agent it is not for`);
    }
    if (under.filter(({ isTwin }) => isTwin).length > 1) {
      throw new Error(`two calls at once went on under ${id}`);
    }
    const demand = demandOn(last);
    const said = `the agent's outcome demands ${demand.type}`;
    switch (status) {
      case 'held':
        if (!named.has(id)) throw new Error(`${id} is held, and nobody says so; ${said}`);
        const isDue = demandOf(last?.run).type !== 'open' && !isRefused && !hasRival(id, last);
        if (isDue && isResolvable(last)) {
          throw new Error(`${id} is held, and could be settled; ${said}`);
        }
        return;
      case 'expired':
        if (!hasLapsed) throw new Error(`${id} has expired too early`);
        return;
      case 'released': {
        if (last === undefined) throw new Error(`${id} was released, and no agent was shown it`);
        // What a twin did, the agent cannot tell from what the other did.
        if (last.isTwin) {
          const amount = Math.min(last.run.credits ?? price, price);
          earned.set(providerId, (earned.get(providerId) ?? 0) + amount);
          return;
        }
        if (demand.type !== 'released') throw new Error(`${id} was released; ${said}`);
        earned.set(providerId, (earned.get(providerId) ?? 0) + demand.amount);
        const { taskId } = last.run;
        if (paid.has(taskId))
          throw new Error(`${taskId} was paid twice: ${paid.get(taskId)}, ${id}`);
        paid.set(taskId, id);
        return;
      }
      case 'refunded': {
        const isMeant = demand.type === 'refunded' || last?.isTwin === true || isRefused;
        // The task went on under another hold, and was paid by that.
        if (isMeant || isSuperseded(id, last)) return;
        throw new Error(`${id} was refunded; ${said}`);
      }
      default:
        throw new Error(`${id} is ${status}`);
    }
  }

  /** A task that went on without its hold may have come to its end unpaid: then this one is for it. */
  function demandOn(last: Generation | undefined): Demand {
    if (last === undefined) return { type: 'refunded' };
    const demand = demandOf(last.run);
    if (demand.type !== 'open') return demand;
    const ofTask = generations.filter(
      ({ run }) => run.taskId === last.run.taskId && !run.isRefused && run.state !== undefined,
    );
    const completed = ofTask.findLast(({ run }) => run.state === 'completed');
    return demandOf((completed ?? ofTask.at(-1))?.run);
  }

  /** Whether anybody who lives, or any journal, knows which way the hold has to go. */
  function isResolvable(last: Generation | undefined): boolean {
    const isShared = schedule.journal === 'shared';
    // Held for a call that the agent never saw.
    if (last === undefined) return processes.every(({ isAlive }) => isAlive);
    if (last.sawEnd) return isShared || last.process.isAlive;
    return isShared && schedule.writeAhead && last.isWritten;
  }

  /** Another hold for its task is held, and may be in use. */
  function hasRival(id: string, last: Generation | undefined): boolean {
    return generations.some(({ run }) => {
      const rival = escrows.find((escrow) => escrow.id === run.escrowId);
      return run.taskId === last?.run.taskId && rival?.id !== id && rival?.status === 'held';
    });
  }

  function isSuperseded(id: string, last: Generation | undefined): boolean {
    return generations.some(
      ({ run }) =>
        run.taskId === last?.run.taskId && run.escrowId !== undefined && run.escrowId !== id,
    );
  }

  /** What processes said of a hold is what became of it, and all of them said the same. */
  function checkTold(): void {
    for (const { escrowId, name, receipt } of processes.flatMap(({ told }) => told)) {
      const status = escrows.find(({ id }) => id === escrowId)?.status;
      const isTrue =
        name === 'kept' ||
        name === 'unresolved' ||
        (name === 'refunded' && (status === 'refunded' || status === 'expired')) ||
        (name === 'released' && (receipt.status === 'late') === (status === 'expired'));
      if (!isTrue)
        throw new Error(`${escrowId} was told to be ${receipt.status}, but is ${status}`);
    }
  }

  /** Nothing is remembered that is over. */
  function checkJournal(): void {
    for (const [key, value] of disk.items) {
      if (!key.startsWith('a2a-settlement:') || key.endsWith('.lost')) continue;
      const escrow = escrows.find(({ taskId = '-' }) => key.includes(taskId));
      if (escrow?.status !== 'held') {
        throw new Error(`the journal still has ${key} (${escrow?.status}): ${value.slice(0, 80)}`);
      }
    }
  }
}

/** By the real state of the agent's task, which goes on when a process dies. */
function demandOf(run: AgentRun | undefined): Demand {
  if (run === undefined) return { type: 'refunded' };
  const { credits = price, state, turn } = run;
  switch (state) {
    case 'completed':
      return turn === 'delivers rubbish' || credits === 0
        ? { type: 'refunded' }
        : { type: 'released', amount: Math.min(credits, price) };
    case 'input-required':
    case 'working':
      return { type: 'open' };
    default:
      return { type: 'refunded' };
  }
}
