import { AISDKError } from '@ai-sdk/provider';
import { AgentCallError, type AgentCallFacts } from './agent-call-error';

const taskErrorName = 'AI_A2ATaskError';
const taskErrorMarker = `vercel.ai.error.${taskErrorName}`;
const taskErrorSymbol = Symbol.for(taskErrorMarker);

const protocolErrorName = 'AI_A2AProtocolError';
const protocolErrorMarker = `vercel.ai.error.${protocolErrorName}`;
const protocolErrorSymbol = Symbol.for(protocolErrorMarker);

const cardErrorName = 'AI_A2AAgentCardError';
const cardErrorMarker = `vercel.ai.error.${cardErrorName}`;
const cardErrorSymbol = Symbol.for(cardErrorMarker);

/** The agent ended the task `failed`, `rejected` or `canceled`. `message` holds the agent's own words. */
export class A2ATaskError extends AISDKError {
  private readonly [taskErrorSymbol] = true;

  readonly agent: string;
  readonly taskId: string | undefined;
  readonly contextId: string | undefined;
  /** `failed`, `rejected` or `canceled`. */
  readonly state: string;
  /** Always `false`: the agent has seen the message and has decided. */
  readonly isRetryable = false;
  readonly #metadata: Record<string, unknown> | undefined;

  constructor({
    agent,
    taskId,
    contextId,
    state,
    agentMessage,
    metadata,
  }: {
    agent: string;
    taskId: string | undefined;
    contextId: string | undefined;
    state: string;
    /** What the agent said about it. */
    agentMessage: string | undefined;
    /** What the agent attached to the task, its status and its artifacts. */
    metadata?: Record<string, unknown> | undefined;
  }) {
    super({
      name: taskErrorName,
      message: agentMessage || `The agent "${agent}" ended the task ${state} without saying why.`,
    });
    this.agent = agent;
    this.taskId = taskId;
    this.contextId = contextId;
    this.state = state;
    this.#metadata = metadata;
  }

  /**
   * What the agent attached to the failed task, as it said it: receipts, for example. Undefined when it
   * attached nothing. No log and no `JSON.stringify` shows it, since an agent may hand back a credential.
   */
  get metadata(): Record<string, unknown> | undefined {
    return this.#metadata;
  }

  static isInstance(error: unknown): error is A2ATaskError {
    return AISDKError.hasMarker(error, taskErrorMarker);
  }
}

/** Which of the `timeouts` a call ran into. */
export type A2ATimeout = 'connectMs' | 'firstEventMs' | 'idleMs' | 'totalMs';

/**
 * The exchange of messages with the agent broke: it could not be reached, answered with an error,
 * or broke the protocol. It is an `APICallError`, so the AI SDK retries it when `isRetryable` is true,
 * which is only so when the agent cannot have begun to work.
 */
export class A2AProtocolError extends AgentCallError {
  private readonly [protocolErrorSymbol] = true;

  readonly taskId: string | undefined;
  /** The JSON-RPC error code, when the agent sent one (A2A specification, section 9.5). */
  readonly code: number | undefined;
  /** The one of the `timeouts` that was up. */
  readonly timeout: A2ATimeout | undefined;

  constructor({
    code,
    taskId,
    timeout,
    ...facts
  }: AgentCallFacts & {
    code?: number | undefined;
    taskId?: string | undefined;
    timeout?: A2ATimeout | undefined;
    /** Those that say when to try again, and those of an HTTP 402 that say how to pay. */
    responseHeaders?: Record<string, string>;
  }) {
    super(protocolErrorName, facts);
    this.code = code;
    this.taskId = taskId;
    this.timeout = timeout;
  }

  static override isInstance(error: unknown): error is A2AProtocolError {
    return AISDKError.hasMarker(error, protocolErrorMarker);
  }
}

/** The agent card could not be had, is no agent card, or names nowhere this provider may send to. */
export class A2AAgentCardError extends AgentCallError {
  private readonly [cardErrorSymbol] = true;

  constructor(facts: AgentCallFacts) {
    super(cardErrorName, facts);
  }

  static override isInstance(error: unknown): error is A2AAgentCardError {
    return AISDKError.hasMarker(error, cardErrorMarker);
  }
}
