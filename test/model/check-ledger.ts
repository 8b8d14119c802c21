import { SettlementError } from '../../src/index';
import type { FaultyExchange } from './faulty-exchange';
import type { Disk } from './mortal-storage';
import { price, type Process } from './process';
import type { Schedule } from './schedule';
import type { AgentRun, AgentTask, Call } from './scripted-agent';
import { Violation } from './violation';

type Escrow = ReturnType<FaultyExchange['exchange']['ledger']>['escrows'][number];

/** Holds the ledger against what really happened. Throws what is wrong. */
export function checkLedger({
  calls,
  disk,
  hasLapsed,
  line,
  named,
  processes,
  schedule,
  tasks,
  untouchable,
}: {
  calls: Call[];
  disk: Disk;
  /** There was a time at which holds lapsed. */
  hasLapsed: boolean;
  line: FaultyExchange;
  /** What the last reconciliation called open or unresolved. */
  named: Set<string | undefined>;
  processes: Process[];
  schedule: Schedule;
  tasks: AgentTask[];
  untouchable: string[];
}): void {
  const [violation] = Violation.seen;
  if (violation !== undefined) throw violation;
  const { accounts, escrows, minted, treasury } = line.exchange.ledger();
  const sum = accounts.reduce((total, { available, held }) => total + available + held, treasury);
  if (sum !== minted) throw new Error(`tokens lost: ${minted} became ${sum}`);

  const byId = new Map(escrows.map((escrow) => [escrow.id, escrow]));
  const runs = calls.flatMap((call) => call.runs);
  const earned = new Map<string, number>();
  for (const escrow of escrows) {
    if (!untouchable.includes(escrow.id)) checkEscrow(escrow);
    else if (escrow.status !== 'held') throw new Error(`a foreign hold is ${escrow.status}`);
  }
  for (const task of tasks) checkTask(task);
  for (const { accountId } of line.payees) {
    const account = accounts.find(({ id }) => id === accountId);
    const demanded = earned.get(accountId) ?? 0;
    if (account?.earned !== demanded) {
      throw new Error(`a payee earned ${account?.earned}, its work demands ${demanded}`);
    }
  }
  for (const call of calls) checkCall(call);
  checkLimits();
  checkTold();
  checkJournal();

  function checkEscrow({ id, providerId, status }: Escrow): void {
    const shown = runs.filter(({ escrowId }) => escrowId === id);
    const sent = shown.filter(({ isSent }) => isSent);
    const under = sent.filter(({ task }) => task !== undefined);
    const [first] = under;
    for (const { call } of shown) {
      if (call.payee !== providerId) throw new Error(`${id} was shown to an agent it is not for`);
    }
    for (const { call, task } of under) {
      if (task !== first?.task)
        throw new Error(`${id} was shown for ${name(task)} and ${name(first?.task)}`);
      if (call.agent !== first?.call.agent || call.subject !== first.call.subject) {
        throw new Error(`${id} was kept for ${who(first?.call)}, and used by ${who(call)}`);
      }
    }
    const { task } = first ?? {};
    switch (status) {
      case 'held':
        if (!named.has(id)) throw new Error(`${id} is held, and nobody says so`);
        if (isDue(task, sent) && !hasRival(id, task) && isResolvable(under.at(-1) ?? sent.at(-1))) {
          throw new Error(`${id} is held, and could be settled: ${name(task)}`);
        }
        return;
      case 'expired':
        if (!hasLapsed) throw new Error(`${id} has expired too early`);
        return;
      case 'released': {
        const worth = worthOf(task);
        if (worth === 0) throw new Error(`${id} was released for ${name(task)}`);
        earned.set(providerId, (earned.get(providerId) ?? 0) + worth);
        return;
      }
      case 'refunded':
        checkRefund(id, task, under);
        return;
      default:
        throw new Error(`${id} is ${status}`);
    }
  }

  function checkRefund(id: string, task: AgentTask | undefined, under: AgentRun[]): void {
    if (task === undefined || worthOf(task) === 0) {
      const isOpen = task?.state === 'input-required' || task?.state === 'working';
      // What was asked, or was thrown at its caller, was this turn's end. What waits is kept.
      const isMeant = under.some(({ isRefused, state }) => isRefused || state !== task?.state);
      if (isOpen && !isMeant && !isSuperseded(id, task)) {
        throw new Error(`${id} was refunded, and ${name(task)} goes on`);
      }
      return;
    }
    const { isBlind, turn } = task.lastRun;
    const isUnknown = isBlind && turn === 'completes when it is canceled';
    if (task.heldAtEnd.includes(id) && !isPaid(task) && !isUnknown) {
      throw new Error(`${id} was refunded, and ${name(task)} is not paid`);
    }
  }

  /** A task is paid once, by whatever was held for it. */
  function checkTask(task: AgentTask): void {
    const paying = offered(task).filter((id) => byId.get(id)?.status === 'released');
    const isNamed = (id: string) => !task.runs.find((run) => run.escrowId === id)?.isUnnamed;
    // Without a journal in common, who is told of the context alone cannot know what was held before.
    if (schedule.journal === 'own memory' && paying.filter(isNamed).length === 0) return;
    if (paying.length > 1) throw new Error(`${name(task)} was paid by ${paying.join(' and ')}`);
  }

  function checkCall({
    agent,
    at: calledAt,
    error,
    expects,
    runs: own,
    subject,
    tampering,
  }: Call): void {
    for (const { at, escrowId, isSent, task } of own) {
      // Somebody held it before, for what it waits for.
      const wasKept = expects !== undefined && escrowId !== expects && isSent;
      const isFit = task !== undefined && offered(task).includes(expects ?? '');
      const endedAt = line.times.get(expects ?? '')?.endedAt ?? 0;
      const isExpired = byId.get(expects ?? '')?.status === 'expired';
      // An agent may go on with the task by itself: then the hold that was made goes back.
      const isSpare = byId.get(escrowId ?? '')?.status === 'refunded';
      if (wasKept && isFit && endedAt > at + 60_000 && !isExpired && !isSpare) {
        throw new Error(
          `${who({ agent, subject })} went on under ${escrowId}, and ${expects} was kept`,
        );
      }
      // Without subjects, whoever has the messages has the conversation.
      const isGiven =
        tampering === 'none' || (tampering.startsWith('all') && !schedule.hasSubjects);
      const earlier = runs.filter((run) => run.escrowId === escrowId && run.task !== undefined);
      const owner = isGiven || escrowId === undefined ? undefined : earlier[0];
      if (owner !== undefined && owner.at < at && owner.call.user !== own[0]?.call.user) {
        throw new Error(`by ${tampering} somebody got at ${escrowId}`);
      }
    }
    const isInUse = SettlementError.isInstance(error) && error.code === 'TASK_IN_USE';
    // A lease lapses two minutes after its process died; one that is given back takes its time, too.
    const isBusy = (other: Call) =>
      other.agent === agent &&
      other.at <= calledAt &&
      (other.process.isAlive ? other.endedAt + 1000 : other.process.diedAt + 125_000) >= calledAt;
    if (isInUse && !calls.some((other) => other.runs !== own && isBusy(other))) {
      throw new Error(
        `${who({ agent, subject })} was refused a task that nobody is under way with`,
      );
    }
    // Tries of which nothing was sent are one hold.
    const unsent = new Set(own.flatMap(({ escrowId, isSent }) => (isSent ? [] : (escrowId ?? []))));
    const isDisturbed = own.some(({ call }) => !call.process.isAlive);
    if (unsent.size > 1 && !isDisturbed && schedule.limits === undefined) {
      throw new Error(`a call that was sent nothing of made ${unsent.size} holds`);
    }
  }

  /** What was spent is what was paid, of holds that were made in that time. */
  function checkLimits(): void {
    const { limits } = schedule;
    if (limits === undefined || 'concurrent' in limits || schedule.journal === 'own memory') return;
    const spent = escrows.flatMap(({ id, status }) => {
      const paid = runs.find(({ escrowId, task }) => escrowId === id && task !== undefined);
      const at = line.times.get(id)?.madeAt ?? 0;
      return status === 'released' ? [{ at, amount: worthOf(paid?.task) }] : [];
    });
    const most = 'perWindow' in limits ? limits.perWindow.amount : limits.perConversation;
    const windowMs = ('perWindow' in limits ? limits.perWindow.minutes : 24 * 60) * 60_000 - 10_000;
    for (const { at } of spent) {
      const total = spent
        .filter((other) => other.at <= at && other.at > at - windowMs)
        .reduce((all, { amount }) => all + amount, 0);
      if (total > most) throw new Error(`${total} tokens were spent of at most ${most}`);
    }
  }

  /** What processes said of a hold is what became of it, and all of them said the same. */
  function checkTold(): void {
    for (const { escrowId, name: said, receipt } of processes.flatMap(({ told }) => told)) {
      const status = byId.get(escrowId)?.status;
      const isTrue =
        said === 'held' ||
        said === 'kept' ||
        said === 'unresolved' ||
        (said === 'refunded' && (status === 'refunded' || status === 'expired')) ||
        (said === 'released' && (receipt.status === 'late') === (status === 'expired'));
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

  /** All escrows that were shown for a task. */
  function offered(task: AgentTask | undefined): string[] {
    return [...new Set((task?.runs ?? []).flatMap(({ escrowId }) => escrowId ?? []))];
  }

  function isPaid(task: AgentTask): boolean {
    return offered(task).some((id) => {
      const status = byId.get(id)?.status;
      return status === 'released' || status === 'held' || status === 'expired';
    });
  }

  /** Whoever knows all can say what becomes of it. */
  function isDue(task: AgentTask | undefined, sent: AgentRun[]): boolean {
    if (task === undefined) return true;
    const isOver = task.state !== 'working' && task.state !== 'input-required';
    return isOver && !sent.some(({ isRefused }) => isRefused);
  }

  /** Another hold for its task is held, and may be in use. */
  function hasRival(id: string, task: AgentTask | undefined): boolean {
    const isShown = (other: string) => runs.some(({ escrowId }) => escrowId === other);
    // One that nobody was shown is for some task all the same, as who made it died.
    const may = (other: string) => offered(task).includes(other) || !isShown(other);
    return escrows.some((other) => other.id !== id && other.status === 'held' && may(other.id));
  }

  function isSuperseded(id: string, task: AgentTask | undefined): boolean {
    return offered(task).some((other) => other !== id);
  }

  /** Whether anybody who lives, or any journal, knows which way the hold has to go. */
  function isResolvable(last: AgentRun | undefined): boolean {
    const isShared = schedule.journal !== 'own memory';
    // Held for a call that the agent never saw.
    if (last === undefined) return processes.every(({ isAlive }) => isAlive);
    const { isWritten, process, sawEnd } = last.call;
    if (sawEnd) return isShared || process.isAlive;
    return isShared && schedule.writeAhead && isWritten && last.task !== undefined && !last.isBlind;
  }
}

/** Tokens that a task is worth, by its real state. */
function worthOf(task: AgentTask | undefined): number {
  if (task?.state !== 'completed') return 0;
  const { credits = price, turn } = task.lastRun;
  return turn === 'delivers rubbish' ? 0 : Math.min(credits, price);
}

function name(task: AgentTask | undefined): string {
  return task === undefined
    ? 'no task'
    : `${task.id} of ${task.agent} (${task.state}, ${task.lastRun.turn})`;
}

function who({ agent, subject }: { agent?: string; subject?: string | undefined } = {}): string {
  return `${agent} for ${subject ?? 'nobody'}`;
}
