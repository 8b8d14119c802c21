import { AISDKError, APICallError } from '@ai-sdk/provider';

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

  constructor({
    agent,
    taskId,
    contextId,
    state,
    agentMessage,
  }: {
    agent: string;
    taskId: string | undefined;
    contextId: string | undefined;
    state: string;
    /** What the agent said about it. */
    agentMessage: string | undefined;
  }) {
    super({
      name: taskErrorName,
      message: agentMessage || `The agent "${agent}" ended the task ${state} without saying why.`,
    });
    this.agent = agent;
    this.taskId = taskId;
    this.contextId = contextId;
    this.state = state;
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
export class A2AProtocolError extends APICallError {
  private readonly [protocolErrorSymbol] = true;

  readonly agent: string;
  readonly taskId: string | undefined;
  /** The JSON-RPC error code, when the agent sent one (A2A specification, section 9.5). */
  readonly code: number | undefined;
  /** The one of the `timeouts` that was up. */
  readonly timeout: A2ATimeout | undefined;

  constructor({
    agent,
    message,
    url,
    code,
    taskId,
    timeout,
    statusCode,
    responseHeaders,
    isRetryable = false,
    cause,
  }: {
    agent: string;
    message: string;
    url: string;
    code?: number | undefined;
    timeout?: A2ATimeout | undefined;
    taskId?: string | undefined;
    statusCode?: number | undefined;
    /** Those that say when to try again. */
    responseHeaders?: Record<string, string>;
    isRetryable?: boolean;
    cause?: unknown;
  }) {
    // The request's values hold the prompt and the response's body the answer: neither goes into an error.
    super({
      message,
      url,
      requestBodyValues: {},
      isRetryable,
      cause,
      ...(statusCode !== undefined && { statusCode }),
      ...(responseHeaders !== undefined && { responseHeaders }),
    });
    this.name = protocolErrorName;
    this.agent = agent;
    this.code = code;
    this.taskId = taskId;
    this.timeout = timeout;
  }

  static override isInstance(error: unknown): error is A2AProtocolError {
    return AISDKError.hasMarker(error, protocolErrorMarker);
  }
}

/** The agent card could not be had, is no agent card, or names nowhere this provider may send to. */
export class A2AAgentCardError extends APICallError {
  private readonly [cardErrorSymbol] = true;

  readonly agent: string;

  constructor({
    agent,
    message,
    url,
    statusCode,
    isRetryable = false,
    cause,
  }: {
    agent: string;
    message: string;
    url: string;
    statusCode?: number | undefined;
    isRetryable?: boolean;
    cause?: unknown;
  }) {
    super({
      message,
      url,
      requestBodyValues: {},
      isRetryable,
      cause,
      ...(statusCode !== undefined && { statusCode }),
    });
    this.name = cardErrorName;
    this.agent = agent;
  }

  static override isInstance(error: unknown): error is A2AAgentCardError {
    return AISDKError.hasMarker(error, cardErrorMarker);
  }
}
