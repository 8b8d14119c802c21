import type { Resolvable } from '@ai-sdk/provider-utils';
import type { A2ATimeouts } from './client/a2a-timeouts';
import type { A2AConnection } from './agent/a2a-connection';
import type { ConversationSeals } from './message/conversation-seals';
import type { A2APolling } from './task/get-task';

/** The dependencies of a model, except its id. */
export interface A2ALanguageModelConfig {
  provider: string;
  agent: A2AConnection;
  headers: Resolvable<Record<string, string | undefined>>;
  skill: string | undefined;
  /** How `doGenerate` gets its response. */
  generate: 'send' | 'stream';
  /** Seals and verifies the agent's conversations. */
  conversations: ConversationSeals;
  polling: A2APolling;
  timeouts: A2ATimeouts;
  generateId: () => string;
}
