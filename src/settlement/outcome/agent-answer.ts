import { APICallError, type SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { isRecord } from '@ai-sdk/provider-utils';
import type { AgentAnswer } from '../../rails/rail';

/** An agent's answer, and the task it belongs to. */
export interface TaskAnswer extends AgentAnswer {
  taskId?: string | undefined;
  contextId?: string | undefined;
}

/** The agent's answer in the metadata of a result. Undefined if the result is not an agent's. */
export function answerOf(metadata: SharedV4ProviderMetadata | undefined): TaskAnswer | undefined {
  const a2a = metadata?.['a2a'];
  if (a2a === undefined) return undefined;
  return {
    state: textOf(a2a['state']),
    taskId: textOf(a2a['taskId']),
    contextId: textOf(a2a['contextId']),
    metadata: a2a['metadata'],
  };
}

/** The agent's answer in an error: of a failed task, or of an HTTP 402. */
export function answerOfError(error: unknown): TaskAnswer | undefined {
  const isPaymentRequired = APICallError.isInstance(error) && error.statusCode === 402;
  const facts = isRecord(error) ? error : {};
  const state = textOf(facts['state']);
  if (!isPaymentRequired && state === undefined) return undefined;
  return {
    state,
    taskId: textOf(facts['taskId']),
    contextId: textOf(facts['contextId']),
    metadata: facts['metadata'],
    ...(isPaymentRequired && { headers: inLowerCase(error.responseHeaders) }),
  };
}

/** The agent's answer in a result that ended with an error: the error has priority. */
export function answerOfFailure(
  error: unknown,
  metadata: SharedV4ProviderMetadata | undefined,
): TaskAnswer | undefined {
  const answer = answerOf(metadata);
  const failed = answerOfError(error);
  if (failed === undefined) return answer;
  const known = Object.entries(failed).filter(([, value]) => value !== undefined);
  return { ...answer, ...Object.fromEntries(known) };
}

function inLowerCase(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
