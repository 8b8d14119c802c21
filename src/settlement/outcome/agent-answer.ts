import { APICallError, type SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { isRecord } from '@ai-sdk/provider-utils';
import type { AgentAnswer } from '../../rails/rail';

/** What an agent said, and of which task. */
export interface TaskAnswer extends AgentAnswer {
  taskId?: string | undefined;
  contextId?: string | undefined;
}

/** What an agent said in an answer. Undefined for what is no agent's. */
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

/** What an agent said of the task that it failed, or with an HTTP 402. */
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

/** What an agent said in an answer that ended with an error: of the two, the error's word counts. */
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

/** Whether the agent waits for its caller, as the state of a task says. */
export function isWaitingState(state: string | undefined): boolean {
  return state === 'input-required' || state === 'auth-required';
}

function inLowerCase(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
