import type { Message } from '@a2a-js/sdk';
import type { ServerCallContext } from '@a2a-js/sdk/server';

/**
 * Checks of an executor that run before the SDK's handler. They are called by `createAgentHandler`, not by
 * other servers.
 */
export interface ExecutorGate {
  /**
   * Called for each incoming message.
   *
   * @throws an error of the A2A SDK, which is sent as the response. The task is not changed.
   */
  admitMessage?(message: Message, context: ServerCallContext): Promise<void>;
  /**
   * Called for each cancel of a task that belongs to the client and has not ended. The task may be running in
   * another process.
   *
   * @throws an error of the A2A SDK: the task is not canceled.
   */
  admitCancel?(taskId: string): Promise<void>;
}
