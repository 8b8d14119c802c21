import type { JSONObject } from '@ai-sdk/provider';
import { clock } from './clock';
import type { Mortal } from './mortal';
import { Violation } from './violation';

/** What the agent does with one turn. */
export type AgentTurn =
  | 'completes'
  | 'completes, and the line breaks after the finish'
  | 'delivers rubbish'
  | 'fails'
  | 'asks back'
  | 'cuts the line'
  | 'ends without a finish'
  | 'throws at once'
  | 'waits for the end of the call'
  | 'completes when it is canceled';

export type TaskState = 'working' | 'input-required' | 'completed' | 'failed' | 'canceled';

/** One call of an application, which may be several tries. */
export interface Call {
  agent: string;
  payee: string;
  process: Mortal;
  /** Whose chat it belongs to. */
  user: string;
  /** As the application says it; undefined where it says none. */
  subject: string | undefined;
  /** Another call about the same task was sent at the same time. */
  isTwin: boolean;
  /** `agent context` that nobody gave to this user, and whose holds are not for this call. */
  forbidden: Set<string>;
  /** What its messages were changed in. */
  tampering: string;
  /** The hold that was kept for what it goes on with. */
  expects: string | undefined;
  at: number;
  /** When its process saw its end, if it lived to. */
  endedAt: number;
  /** Its process lived to see its end. */
  sawEnd: boolean;
  /** Its process died, and had all in its journal that it wanted there. */
  isWritten: boolean;
  runs: AgentRun[];
  error?: unknown;
}

/** One turn of an agent, as it really went. */
export interface AgentRun {
  call: Call;
  turn: AgentTurn;
  /** The task it went on with. Undefined when the agent began none. */
  task: AgentTask | undefined;
  /** The escrow it was shown. */
  escrowId: string | undefined;
  /** Tokens it says it used, where it is this turn that did the work. */
  credits: number | undefined;
  /** How the task stood when this turn ended, as far as it was told. */
  state: TaskState | undefined;
  /** The message never left its sender. */
  isSent: boolean;
  /** The task was not one that waits for a message, or its hold was none. */
  isRefused: boolean;
  /** It asked how a task stands, and sent no message. */
  isResumed: boolean;
  /** It named no task. */
  isUnnamed: boolean;
  /** Its caller does not hear of the task before its end. */
  isBlind: boolean;
  at: number;
  /** When its caller stopped it. */
  abortedAt: number | undefined;
  /** Whoever called has heard of its end. */
  isOver: boolean;
  /** Ends when the agent has gone to the end of its turn. */
  ended: Promise<void>;
}

export interface AgentTask {
  agent: string;
  id: string;
  contextId: string;
  /** Who began it. */
  call: Call;
  state: TaskState;
  /** Of the turn that gave it its state. */
  lastRun: AgentRun;
  /** Its message, if a call goes on under it. */
  runs: AgentRun[];
  /** The escrows for it that were held when it was completed. */
  heldAtEnd: string[];
  /** Its turn has ended. */
  rested: Promise<void>;
}

/** An agent that does what it is told, and knows the real state of its tasks. */
export class ScriptedAgent {
  readonly id: string;
  readonly tasks: AgentTask[] = [];
  private readonly contexts = new Set<string>();
  private readonly isHeld: (escrowId: string) => boolean;
  private readonly takesUp: boolean;
  private readonly joins: boolean;
  private readonly isAtomic: boolean;

  constructor(
    id: string,
    {
      isHeld,
      isAtomic,
      joins,
      takesUp,
    }: {
      /** Its callers can decide between them who goes on with a task. */
      isAtomic: boolean;
      /** Whether it may believe the escrow it is shown. */
      isHeld: (escrowId: string) => boolean;
      /** A message on a task that works is told of its end, and not refused. */
      joins: boolean;
      /** It goes on with what waits in a context by itself. */
      takesUp: boolean;
    },
  ) {
    this.id = id;
    this.isHeld = isHeld;
    this.isAtomic = isAtomic;
    this.joins = joins;
    this.takesUp = takesUp;
  }

  task(id: string): AgentTask | undefined {
    return this.tasks.find((task) => task.id === id);
  }

  /**
   * Takes a message, or a question about a task. What it does from then on, `work` tells it.
   *
   * @throws what the agent answers instead.
   */
  receive(run: AgentRun, { contextId, taskId }: { contextId: string; taskId: string }): AgentTask {
    const { call } = run;
    const isGoneOn = this.contexts.has(contextId) || this.task(taskId) !== undefined;
    const about = this.task(taskId)?.contextId ?? contextId;
    if (isGoneOn && call.forbidden.has(`${this.id} ${about}`)) {
      throw new Violation(`${call.user} got into ${about} of somebody else (${call.tampering})`);
    }
    const named = taskId === '' ? this.waiting(contextId) : this.task(taskId);
    if (taskId !== '' && (named === undefined || (contextId !== '' && contextId !== about))) {
      run.isRefused = true;
      throw new Error('Task not found');
    }
    if (run.turn === 'throws at once' && !run.isResumed) throw new Error('no route');
    const isUnderWay = (other: AgentRun) =>
      !other.isOver &&
      other.escrowId !== undefined &&
      other.call.process.isAlive &&
      other.call.subject === call.subject &&
      (other.call.process === call.process || this.isAtomic);
    const isPaid = run.escrowId !== undefined && !run.isResumed;
    if (taskId !== '' && isPaid && named?.runs.some(isUnderWay) === true) {
      throw new Violation(`two turns at once are under way with ${taskId} of ${this.id}`);
    }
    const task = named ?? this.begin(run, contextId);
    run.task = task;
    task.runs.push(run);
    // No agent takes up a task that it has ended, or works for a hold that is none.
    const isPayable = run.escrowId === undefined || this.isHeld(run.escrowId);
    const isOpen =
      task.state === 'input-required' ||
      (task.state === 'working' && (this.joins || named === undefined));
    run.isRefused = !run.isResumed && (!isPayable || !isOpen);
    if (run.isRefused) throw new Error(`The task is ${task.state}`);
    return task;
  }

  /** The task has come to a state by this turn. */
  settle(run: AgentRun, state: TaskState): void {
    const { task } = run;
    if (task === undefined) return;
    if (task.state !== 'working' && task.state !== 'input-required') {
      run.state ??= task.state;
      return;
    }
    run.state = state;
    task.state = state;
    task.lastRun = run;
    if (state !== 'completed' || isTooLate(run)) return;
    const shown = task.runs.flatMap(({ escrowId }) => escrowId ?? []);
    task.heldAtEnd = [...new Set(shown)].filter(this.isHeld);
  }

  /** Of the task, whoever asks: who is only told how it stands changes nothing of what it used. */
  metadata({ contextId, id, lastRun: { credits } }: AgentTask, state: string): JSONObject {
    return {
      agent: this.id,
      taskId: id,
      contextId,
      metadata: credits === undefined ? {} : { 'a2a-se': { creditsUsed: credits } },
      state,
    };
  }

  private begin(run: AgentRun, given: string): AgentTask {
    // Other agents give the same names.
    const contextId = given === '' ? `context-${this.contexts.size}` : given;
    this.contexts.add(contextId);
    const task: AgentTask = {
      agent: this.id,
      id: `task-${this.tasks.length}`,
      contextId,
      call: run.call,
      state: 'working',
      lastRun: run,
      runs: [],
      heldAtEnd: [],
      rested: Promise.resolve(),
    };
    this.tasks.push(task);
    return task;
  }

  private waiting(contextId: string): AgentTask | undefined {
    if (contextId === '' || !this.takesUp) return undefined;
    return this.tasks.findLast(
      (task) => task.contextId === contextId && task.state === 'input-required',
    );
  }
}

/** A caller that stops an agent waits five seconds for its answer, and then gives the hold back. */
function isTooLate({ abortedAt }: AgentRun): boolean {
  return abortedAt !== undefined && clock.now() >= abortedAt + 5000;
}

/** It ends only when its caller aborts. */
export function waitsForEnd(turn: AgentTurn): boolean {
  return turn === 'waits for the end of the call' || turn === 'completes when it is canceled';
}

export function textOf({ turn }: AgentRun): string {
  return turn === 'delivers rubbish' ? 'rubbish' : 'Hi';
}

export function newRun(call: Call, turn: AgentTurn, credits: number | undefined): AgentRun {
  const run: AgentRun = {
    call,
    turn,
    task: undefined,
    escrowId: undefined,
    credits,
    state: undefined,
    isSent: false,
    isRefused: false,
    isResumed: false,
    isUnnamed: false,
    isBlind: false,
    at: clock.now(),
    abortedAt: undefined,
    isOver: false,
    ended: Promise.resolve(),
  };
  call.runs.push(run);
  return run;
}
