import { AISDKError } from '@ai-sdk/provider';
import { isAbortError } from '@ai-sdk/provider-utils';
import type { A2AAnswer } from '../answer/a2a-answer';
import { type A2ARequestOptions, sentValues } from '../client/a2a-client';
import { A2AProtocolError } from '../client/a2a-error';
import { networkCode } from '../client/a2a-response-error';
import { redactHeaders } from '../../internal/redact-headers';

/**
 * Converts errors of the runtime to this package's errors. Text that may quote the response is cut off:
 * responses are never put into errors.
 */
export function toA2AError(
  error: unknown,
  {
    agent,
    url,
    answer,
    requestOptions,
  }: {
    agent: string;
    url: string;
    answer: A2AAnswer;
    requestOptions: A2ARequestOptions;
  },
): unknown {
  if (AISDKError.isInstance(error)) return error;
  const { taskId } = answer;
  const code = networkCode(error);
  if (error instanceof TypeError || code !== undefined || isAbortError(error)) {
    const message = `The connection to agent "${agent}" was interrupted${code === undefined ? '' : ` (${code})`}.`;
    return new A2AProtocolError({ agent, url, taskId, message });
  }
  const said = error instanceof Error ? error.message : 'unknown error';
  const [withoutQuote = ''] = said.split(/\s(?:Data|Response|data): |: "/);
  const cleaned = redactHeaders(withoutQuote, sentValues(requestOptions));
  return new A2AProtocolError({
    agent,
    url,
    taskId,
    message: `The agent "${agent}" violates the A2A protocol: ${cleaned.slice(0, 200)}`,
  });
}
