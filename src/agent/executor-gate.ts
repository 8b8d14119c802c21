import type { Message } from '@a2a-js/sdk';
import type { ServerCallContext } from '@a2a-js/sdk/server';

/**
 * Checks of an executor that run before the SDK's handler. `createAgentHandler` calls them; other servers
 * do not.
 */
export interface ExecutorGate {
  /**
   * Called for each message that comes.
   *
   * @throws an error of the A2A SDK, with which the request is answered. Its task is not touched.
   */
  admitMessage?(message: Message, context: ServerCallContext): Promise<void>;
  /**
   * Called for each cancel of a task that its caller may see, and that is not over. The task may be
   * worked on in another process.
   *
   * @throws an error of the A2A SDK: the task is not canceled.
   */
  admitCancel?(taskId: string): Promise<void>;
}
