import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import { finishGeneration, type FinishedGeneration } from '../../internal/finished-generation';
import type { Outcome } from '../state/settlement-state';

/** Milliseconds an agent has to say how a task stands. */
const timeoutMs = 5000;

/** A task as its agent has it. */
export interface QueriedTask {
  state: string;
  /** When it entered that state, in milliseconds since 1970. */
  at: number;
  generation: FinishedGeneration;
}

/** Finds agents by their model ids: `createA2A(…)`, or whatever gives a model that nothing is wrapped around. */
export interface AgentFinder {
  languageModel(modelId: string): unknown;
}

/** What an agent that has to be found says of its task. Undefined when it cannot be asked. */
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
 * What the agent says of its task. Undefined when it cannot be asked, or does not know.
 *
 * @param options.headers Those of the call: they may hold what opens the agent, or what pays it.
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
      // Not every custom `fetch` heeds its signal.
      aborted(signal),
    ]);
    const { raw: state } = result.finishReason;
    if (state === undefined) return undefined;
    return {
      state,
      // The agent's own word: no later than now, by which its time is measured.
      at: Math.min(result.response?.timestamp?.getTime() ?? Date.now(), Date.now()),
      generation: finishGeneration(model.modelId, result),
    };
  } catch {
    return undefined;
  }
}

/** What a task's state means for its hold. Undefined while the agent works or waits. */
export function outcomeOfTask(state: string): Outcome | undefined {
  switch (state) {
    case 'completed':
      return { type: 'delivered' };
    case 'failed':
    case 'rejected':
    case 'canceled':
      return { type: 'failed', reason: `task-${state}` };
    default:
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
