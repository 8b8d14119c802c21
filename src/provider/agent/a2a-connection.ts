import type { AgentCard } from '@a2a-js/sdk';
import type { A2AClient } from '../client/a2a-client';
import type { Cancellations } from '../client/task-state';

/** Whether an agent is there to be called. */
export interface A2AHealth {
  isHealthy: boolean;
  /** Milliseconds until it had answered. */
  latencyMs: number;
  /** Why it is not healthy. */
  error?: Error;
  /** Each replica by itself, in the order of `urls`. One healthy replica makes a healthy agent. */
  replicas?: (A2AHealth & { url: string })[];
}

/** What a model needs of an agent, be it one or several replicas. */
export interface A2AConnection {
  readonly config: {
    url: string;
    /** Set when the agent is called without discovery. */
    endpoint: string | undefined;
  };
  /** What the agent answered to cancellations. */
  readonly cancellations: Cancellations;
  /** The agent's card; undefined when the agent is called without discovery. */
  card(options?: { abortSignal?: AbortSignal | undefined }): Promise<AgentCard | undefined>;
  /** A client for one call. */
  createClient(options: { abortSignal?: AbortSignal | undefined }): Promise<A2AClient>;
  checkHealth(options: {
    timeoutMs: number;
    abortSignal?: AbortSignal | undefined;
  }): Promise<A2AHealth>;
  /** What `auth` has shown the agent, by the name it went under: kept out of messages. */
  secrets(): [string, string][];
}
