import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import { finishGeneration, type FinishedGeneration } from '../../internal/finished-generation';

/** Timeout of a task status query, in milliseconds. */
const timeoutMs = 5000;

/** A task as its agent reports it. */
export interface QueriedTask {
  state: string;
  /** When the task entered that state, in milliseconds since 1970. */
  at: number;
  generation: FinishedGeneration;
}

/** Finds agents by model id: `createA2A(…)`, or any object that returns models without middleware. */
export interface AgentFinder {
  languageModel(modelId: string): unknown;
}

/** Finds the agent and queries the status of its task. Undefined if it cannot be queried. */
export async function queryAgentTask(
  provider: AgentFinder | undefined,
  agent: string,
  taskId: string | undefined,
): Promise<QueriedTask | undefined> {
  if (taskId === undefined) return undefined;
  try {
    return await queryTask(provider?.languageModel(agent), taskId);
  } catch {
    // Registries throw for models they do not know.
    return undefined;
  }
}

/**
 * Queries the status of a task. Undefined if the agent cannot be queried, or does not know the task.
 *
 * @param options.headers The headers of the call: they may contain its credentials, or its payment.
 */
export async function queryTask(
  model: unknown,
  taskId: string,
  { headers }: { headers?: CallHeaders } = {},
): Promise<QueriedTask | undefined> {
  if (!hasTask(model)) return undefined;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const result = await Promise.race([
      model.task(taskId, { abortSignal: signal, ...(headers !== undefined && { headers }) }),
      // Not every custom `fetch` supports its signal.
      aborted(signal),
    ]);
    const { raw: state } = result.finishReason;
    if (state === undefined) return undefined;
    return {
      state,
      // The agent's timestamp is not trusted beyond now, because the agent's time is measured by it.
      at: Math.min(result.response?.timestamp?.getTime() ?? Date.now(), Date.now()),
      generation: finishGeneration(model.modelId, result),
    };
  } catch {
    return undefined;
  }
}

type CallHeaders = LanguageModelV4CallOptions['headers'];

interface WithTask {
  modelId: string;
  task(
    taskId: string,
    options: { abortSignal: AbortSignal; headers?: CallHeaders },
  ): Promise<LanguageModelV4GenerateResult>;
}

function hasTask(model: unknown): model is WithTask {
  return (
    typeof model === 'object' &&
    model !== null &&
    'modelId' in model &&
    'task' in model &&
    typeof model.task === 'function'
  );
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
