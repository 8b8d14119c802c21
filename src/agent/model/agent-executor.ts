import { TaskState } from '@a2a-js/sdk';
import type { AgentExecutor, RequestContext } from '@a2a-js/sdk/server';
import type { LanguageModelUsage } from 'ai';
import { memoryStorage } from '../../internal/memory-storage';
import { AnswerWriter } from './answer-writer';
import { convertToApprovals, convertToModelMessage } from './convert-to-model-message';
import { type AgentSource, runAgent } from './run-agent';
import { type TalkStorage, TalkStore } from './talk-store';
import { traceHeaders } from './trace-headers';

/** What an answer took. */
export interface AgentUse {
  usage: LanguageModelUsage;
}

export interface AgentExecutorOptions {
  /** Conversations are kept here, by caller and context. Default: this process's memory. */
  talks?: TalkStorage | undefined;
  /** What an answer is worth, in what the agent is paid with. Default: the whole price. */
  worth?: ((use: AgentUse) => number) | undefined;
  /** Is told why a task failed; its caller is told only that it did. */
  onError?: ((error: unknown) => void) | undefined;
}

/**
 * An AI SDK model, agent or function as an executor of the A2A SDK: text becomes artifact chunks,
 * reasoning the status of the work, files and data go both ways, tools that wait to be approved ask the
 * caller, and a cancel aborts.
 */
export function agentExecutor(
  source: AgentSource,
  { onError, talks = memoryStorage(), worth }: AgentExecutorOptions = {},
): AgentExecutor {
  const store = new TalkStore(talks);
  const running = new Map<string, AbortController>();

  return {
    async execute(request, bus) {
      const { context, contextId, taskId, userMessage } = request;
      const controller = new AbortController();
      running.set(taskId, controller);
      const wantsJson = wantsJsonOf(request);
      const writer = new AnswerWriter(request, bus, { wantsJson });
      writer.open();
      try {
        const user = context.user?.userName ?? '';
        const talk = await store.read(user, contextId);
        const asked =
          talk.waiting.length > 0
            ? convertToApprovals(userMessage, talk.waiting)
            : convertToModelMessage(userMessage);
        const messages = [...talk.messages, asked];
        const run = await runAgent(source, {
          messages,
          abortSignal: controller.signal,
          headers: traceHeaders(request),
          wantsJson,
          request,
        });
        for await (const part of run.stream) writer.add(part);
        if (controller.signal.aborted) return writer.end(TaskState.TASK_STATE_CANCELED);
        if (writer.failure !== undefined) throw writer.failure.error;
        const answered = (await run.responseMessages) ?? writer.messages();
        const waiting = writer.approvals.map(({ approvalId }) => approvalId);
        await store.write(user, contextId, { messages: [...messages, ...answered], waiting });
        if (waiting.length > 0) return writer.askForApproval();
        const { usage } = writer;
        writer.end(TaskState.TASK_STATE_COMPLETED, {
          ...(usage !== undefined && worth !== undefined && { creditsUsed: worth({ usage }) }),
        });
      } catch (error) {
        if (controller.signal.aborted) return writer.end(TaskState.TASK_STATE_CANCELED);
        onError?.(error);
        writer.end(TaskState.TASK_STATE_FAILED);
      } finally {
        running.delete(taskId);
      }
    },

    async cancelTask(taskId) {
      running.get(taskId)?.abort();
    },
  };
}

/** JSON is wanted where it is the first of what the caller takes. */
function wantsJsonOf({ request: { configuration } }: RequestContext): boolean {
  return configuration?.acceptedOutputModes[0]?.split(';', 1)[0]?.trim() === 'application/json';
}
