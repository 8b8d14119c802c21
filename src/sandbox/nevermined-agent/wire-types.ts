import type { JSONObject } from '@ai-sdk/provider';

// The part of protocol 0.3 that Nevermined's server uses.

export type TaskState =
  | 'submitted'
  | 'working'
  | 'input-required'
  | 'completed'
  | 'failed'
  | 'canceled'
  | 'rejected';

export interface WireMessage {
  kind: 'message';
  messageId: string;
  role: 'user' | 'agent';
  parts: JSONObject[];
  taskId?: string;
  contextId?: string;
  metadata?: JSONObject;
}

interface WireStatus {
  state: TaskState;
  message?: WireMessage;
  timestamp: string;
}

export interface WireTask {
  kind: 'task';
  id: string;
  contextId: string;
  status: WireStatus;
  history: WireMessage[];
  artifacts: Array<{ artifactId: string; parts: JSONObject[] }>;
  metadata?: JSONObject;
}

/** The next step of an agent. */
export type AgentStep =
  | { step: 'text'; text: string }
  | { step: 'working'; text: string }
  /** Ends the work. Exactly `creditsUsed` in the metadata is redeemed. */
  | { step: 'end'; state: TaskState; text?: string; metadata?: JSONObject }
  /** An answer without a task. */
  | { step: 'message'; text: string }
  /** Ends the work by a task instead of a status. */
  | { step: 'task'; state: TaskState };

/** The agent's own code. An error in it fails the task. */
export type AgentWork = (question: string) => AsyncIterable<AgentStep>;

/** Thrown by an agent's code, it breaks the server instead of failing the task. */
export class BrokenStream extends Error {}
