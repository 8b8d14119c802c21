import type { JSONValue } from '@ai-sdk/provider';
import type { A2ATaskState } from './task-state';

/**
 * The messages and events of agents and callers, independent of protocol version and transport: the shapes of
 * protocol 1.0 (A2A specification 1.0, section 4.1), with a `type` for each member of a union.
 */
export type A2AEvent =
  | { type: 'message'; message: A2AMessage; raw: unknown }
  | { type: 'task'; task: A2ATask; raw: unknown }
  | (A2AStatusUpdate & { type: 'status'; raw: unknown })
  | (A2AArtifactUpdate & { type: 'artifact'; raw: unknown });

/** Empty fields were not sent. */
export interface A2AMessage {
  messageId: string;
  contextId: string;
  taskId: string;
  role: 'user' | 'agent';
  parts: A2APart[];
  metadata: Record<string, unknown> | undefined;
  extensions: string[];
}

export interface A2ATask {
  id: string;
  contextId: string;
  status: A2ATaskStatus | undefined;
  artifacts: A2AArtifact[];
  history: A2AMessage[];
  metadata: Record<string, unknown> | undefined;
}

export interface A2ATaskStatus {
  state: A2ATaskState;
  message: A2AMessage | undefined;
  /** ISO 8601. */
  timestamp: string | undefined;
}

export interface A2AArtifact {
  artifactId: string;
  parts: A2APart[];
  metadata: Record<string, unknown> | undefined;
}

interface A2AUpdate {
  taskId: string;
  contextId: string;
  metadata: Record<string, unknown> | undefined;
}

interface A2AStatusUpdate extends A2AUpdate {
  status: A2ATaskStatus | undefined;
}

interface A2AArtifactUpdate extends A2AUpdate {
  artifact: A2AArtifact;
  /** The parts are appended to the artifact's existing parts. */
  append: boolean;
}

export type A2APart = A2APartContent & {
  filename?: string | undefined;
  mediaType?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
};

type A2APartContent =
  | { type: 'text'; text: string }
  /** A file: bytes, or base64 text. Agents send base64. */
  | { type: 'raw'; raw: string | Uint8Array }
  /** A file by its URL. */
  | { type: 'url'; url: string }
  | { type: 'data'; data: JSONValue };

/** A message to send, and the options of its response (specification 1.0, section 3.2.2). */
export interface A2ASendRequest {
  message: A2AMessage;
  /** Media types. Empty: any. */
  acceptedOutputModes: string[];
  /** The response does not wait for the task to end. */
  returnImmediately: boolean;
  pushNotification: A2APushNotificationConfig | undefined;
}

export interface A2APushNotificationConfig {
  url: string;
  token?: string | undefined;
  authentication?: { scheme: string; credentials?: string | undefined } | undefined;
}
