import { TaskState } from '@a2a-js/sdk';
import type { AgentExecutor, ExecutionEventBus, RequestContext } from '@a2a-js/sdk/server';
import { JSONParseError, NoContentGeneratedError } from '@ai-sdk/provider';
import type { ModelMessage } from 'ai';
import { namedSkill } from '../../internal/named-skill';
import { memoryStorage } from '../../internal/memory-storage';
import { assertOptions, optionsOf } from '../../internal/option-schemas';
import { textPart } from './a2a-parts';
import { addUsage } from './add-usage';
import {
  type AgentExecutorOptions,
  agentExecutorShape,
  agentSourceSchema,
} from './agent-executor-options';
import { whenPaid } from '../../internal/when-paid';
import { AnswerWriter, type AnswerWriterOptions } from './answer-writer';
import { convertToApprovals, convertToModelMessage } from './convert-to-model-message';
import { type AgentSource, runAgent } from './run-agent';
import { ConversationStore } from './conversation-store';
import { traceHeaders } from './trace-headers';

/**
 * Runs an AI SDK model, agent or function as an executor of the A2A SDK: text is sent as artifact chunks,
 * reasoning as status updates, files and data are supported in both directions, tools that need approval
 * request input, and a cancel aborts. The task fails if a content filter stopped the answer, if there is no
 * answer, or if the client requested JSON and the answer is not JSON.
 *
 * @throws InvalidArgumentError naming each unknown or invalid option.
 *
 * @example
 * ```ts
 * import { createAgentExecutor, createAgentHandler } from 'ai-sdk-a2a-settlement/agent';
 *
 * const executor = createAgentExecutor({ model: 'openai/gpt-5.1', instructions: 'You write poems.' });
 * const handler = createAgentHandler({ card, executor });
 * ```
 */
export function createAgentExecutor(
  source: AgentSource,
  options: AgentExecutorOptions = {},
): AgentExecutor {
  const of = { before: 'createAgentExecutor: ' };
  assertOptions(agentSourceSchema(), source, of);
  assertOptions(optionsOf<AgentExecutorOptions>(agentExecutorShape()), options, of);
  const {
    maxTurns = 50,
    // oxlint-disable-next-line no-console -- As in the AI SDK, errors are visible by default.
    onError = (error) => console.error(error),
    sendReasoning = true,
    sendResultsOf = [],
    sendSources = true,
    conversations = memoryStorage(),
    meter,
  } = options;
  const store = new ConversationStore(conversations, { maxTurns });
  const running = new Map<string, AbortController>();

  return {
    async execute(request, bus) {
      const { taskId } = request;
      const controller = new AbortController();
      running.set(taskId, controller);
      const { signal } = controller;
      const writer = writerOf(request, bus);
      writer.open();
      try {
        // A source that ignores the signal continues, but its output is discarded.
        await Promise.race([answer(request, writer, signal), abortOf(signal)]);
        if (signal.aborted) writer.end(TaskState.TASK_STATE_CANCELED);
      } catch (error) {
        tellSafely(error);
        writer.end(TaskState.TASK_STATE_FAILED, { parts: [textPart(failureOf(writer))] });
      } finally {
        if (running.get(taskId) === controller) running.delete(taskId);
      }
    },

    async cancelTask(taskId) {
      running.get(taskId)?.abort();
    },
  };

  function writerOf(request: RequestContext, bus: ExecutionEventBus): AnswerWriter {
    const shown: AnswerWriterOptions = {
      wantsJson: wantsJsonOf(request),
      sendReasoning,
      sendResultsOf,
      sendSources,
    };
    return new AnswerWriter(request, bus, shown);
  }

  async function answer(
    request: RequestContext,
    writer: AnswerWriter,
    abortSignal: AbortSignal,
  ): Promise<void> {
    const { context, contextId, task, taskId, userMessage } = request;
    const user = context.user?.userName ?? '';
    const conversation = await store.read(user, contextId);
    const begun = task === undefined ? undefined : await store.resume(user, taskId);
    const asked =
      begun === undefined
        ? convertToModelMessage(userMessage)
        : convertToApprovals(userMessage, begun.approvals);
    if (asked.content.length === 0) {
      const parts = [textPart('The message contains nothing that this agent can read.')];
      return writer.end(TaskState.TASK_STATE_REJECTED, { parts });
    }
    if (abortSignal.aborted) return;
    const turn: ModelMessage[] = [...(begun?.messages ?? []), asked];
    const run = await runAgent(source, {
      messages: [...conversation.messages, ...turn],
      abortSignal,
      headers: traceHeaders(request),
      wantsJson: wantsJsonOf(request),
      skillId: namedSkill(request.userMessage),
      request,
    });
    for await (const part of run.stream) {
      if (abortSignal.aborted) return;
      writer.add(part);
    }
    if (abortSignal.aborted) return;
    throwUnlessAnswered(writer);
    const messages = [...turn, ...((await run.responseMessages) ?? writer.messages())];
    const usage = addUsage(begun?.usage, writer.usage);
    const approvals = writer.approvals.map(({ approvalId }) => approvalId);
    if (approvals.length > 0) {
      await store.wait(user, taskId, { messages, approvals, usage });
      return writer.askForApproval();
    }
    const isMetered = meter !== undefined && usage !== undefined;
    const metadata = isMetered ? { creditsUsed: amountOf(await meter({ usage })) } : {};
    if (abortSignal.aborted) return;
    // Conversations must not contain unpaid answers: the client could ask for their content later.
    await whenPaid(request, () =>
      store.append(user, contextId, { messages, place: conversation.place, taskId }),
    );
    writer.end(TaskState.TASK_STATE_COMPLETED, { metadata });
  }

  function tellSafely(error: unknown): void {
    try {
      onError(error);
    } catch {
      // The client must still be notified of the failure.
    }
  }
}

/** @throws the error, if there is no answer to be paid. */
function throwUnlessAnswered(writer: AnswerWriter): void {
  if (writer.failure !== undefined) throw writer.failure.error;
  const { approvals, finishReason, hasAnswered, textInsteadOfJson } = writer;
  if (finishReason === 'error' || finishReason === 'content-filter') {
    const message = `The generation ended with the finish reason "${finishReason}".`;
    throw new NoContentGeneratedError({ message });
  }
  if (!hasAnswered && approvals.length === 0) {
    throw new NoContentGeneratedError({ message: 'The generation ended without an answer.' });
  }
  if (textInsteadOfJson !== undefined && approvals.length === 0) {
    const cause = new Error('The client requested JSON (acceptedOutputModes).');
    throw new JSONParseError({ text: textInsteadOfJson, cause });
  }
}

/** The text that the client receives. It contains nothing of the unpaid answer. */
function failureOf({ finishReason, textInsteadOfJson }: AnswerWriter): string {
  if (finishReason === 'content-filter') return 'A content filter stopped the answer.';
  if (textInsteadOfJson !== undefined)
    return 'The answer is not JSON, although JSON was requested.';
  return 'The agent failed.';
}

/** @throws RangeError for an amount that cannot be charged. */
function amountOf(measured: unknown): number {
  if (typeof measured === 'number' && Number.isFinite(measured) && measured >= 0) return measured;
  throw new RangeError('`meter` must return a number >= 0.');
}

/** JSON is wanted if it is the first accepted output mode. */
function wantsJsonOf({ request: { configuration } }: RequestContext): boolean {
  return configuration?.acceptedOutputModes[0]?.split(';', 1)[0]?.trim() === 'application/json';
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
