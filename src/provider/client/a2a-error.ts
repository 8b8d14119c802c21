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

/** The agent ended the task as `failed`, `rejected` or `canceled`. `message` contains the agent's own text. */
export class A2ATaskError extends AISDKError {
  private readonly [taskErrorSymbol] = true;

  readonly agent: string;
  readonly taskId: string | undefined;
  readonly contextId: string | undefined;
  /** `failed`, `rejected` or `canceled`. */
  readonly state: string;
  /** Always `false`: the agent has received the message and has decided. */
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
    /** The agent's text about the state. */
    agentMessage: string | undefined;
    /** The metadata that the agent attached to the task, its status and its artifacts. */
    metadata?: Record<string, unknown> | undefined;
  }) {
    super({
      name: taskErrorName,
      message: agentMessage || `The agent "${agent}" ended the task as ${state} without a reason.`,
    });
    this.agent = agent;
    this.taskId = taskId;
    this.contextId = contextId;
    this.state = state;
    this.#metadata = metadata;
  }

  /**
   * The metadata that the agent attached to the failed task, unchanged: for example receipts. Undefined if
   * there is none. Not enumerable in logs and `JSON.stringify`, since an agent may send back a credential.
   */
  get metadata(): Record<string, unknown> | undefined {
    return this.#metadata;
  }

  static isInstance(error: unknown): error is A2ATaskError {
    return AISDKError.hasMarker(error, taskErrorMarker);
  }
}

/** The timeout that a call exceeded. */
export type A2ATimeout = 'connectMs' | 'firstEventMs' | 'idleMs' | 'totalMs';

/**
 * The communication with the agent failed: it could not be reached, responded with an error, or violated the
 * protocol. It is an `APICallError`, so the AI SDK retries it if `isRetryable` is true, which is only the case
 * if the agent cannot have started to work.
 */
export class A2AProtocolError extends AgentCallError {
  private readonly [protocolErrorSymbol] = true;

  readonly taskId: string | undefined;
  /** The JSON-RPC error code, if the agent sent one (A2A specification, section 9.5). */
  readonly code: number | undefined;
  /** The timeout that was exceeded. */
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
    /** The headers that say when to retry, and those of an HTTP 402 that say how to pay. */
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

/** The agent card could not be fetched, is not an agent card, or has no URL that this provider may send to. */
export class A2AAgentCardError extends AgentCallError {
  private readonly [cardErrorSymbol] = true;

  constructor(facts: AgentCallFacts) {
    super(cardErrorName, facts);
  }

  static override isInstance(error: unknown): error is A2AAgentCardError {
    return AISDKError.hasMarker(error, cardErrorMarker);
  }
}
