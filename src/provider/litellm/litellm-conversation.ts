import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Prompt,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import { z } from 'zod/v4';
import { isPaused } from '../common/task-state';
import { readCallOptions } from '../message/read-call-options';
import { readConversation } from '../message/read-conversation';
import { isTraceId, litellmLanguageModelOptions } from './litellm-options';

/** What one call through the gateway goes by. */
export interface LiteLLMCall {
  traceId: string;
  /** The conversation as the agent was told it; undefined where the task tells it. */
  contextId: string | undefined;
}

/**
 * Gives a call its conversation and its trace: one id for both, so that gateways which put the trace's
 * id in the place of the message's `contextId` do no harm.
 *
 * A conversation that has no id yet gets one. Agents must keep it (A2A specification, section 3.4.1);
 * what the gateway bridges to a plain model does not, and remembers nothing: the next turn sends all.
 */
export function joinLiteLLMConversation(
  options: LanguageModelV4CallOptions,
  agent: string,
): { options: LanguageModelV4CallOptions; call: LiteLLMCall } {
  const { headers, prompt, providerOptions } = options;
  const { options: own } = readCallOptions('litellm', litellmLanguageModelOptions, providerOptions);
  const a2a = providerOptions?.['a2a'] ?? {};
  const known = readConversation(prompt, agent)?.contextId;
  const given = typeof a2a['contextId'] === 'string' ? a2a['contextId'] : undefined;
  const isOfKnownTask = a2a['taskId'] !== undefined || a2a['resume'] !== undefined;
  const fresh = crypto.randomUUID();
  const contextId = given ?? known ?? (isOfKnownTask ? undefined : fresh);
  const mark = contextId === known ? readMark(prompt, agent) : undefined;
  const traceId = own.traceId ?? mark?.traceId ?? contextId ?? fresh;
  const isForgotten = mark?.keepsContext === false && !isOfKnownTask;
  const hasOwnTrace = Object.keys(headers ?? {}).some((name) =>
    traceHeaders.has(name.toLowerCase()),
  );

  const call = { traceId: isTraceId(traceId) ? traceId : fresh, contextId };
  return {
    call,
    options: {
      ...options,
      ...(!hasOwnTrace && { headers: { ...headers, 'x-litellm-trace-id': call.traceId } }),
      providerOptions: {
        ...providerOptions,
        a2a: {
          ...((contextId === fresh || isForgotten) && { history: 'transcript' }),
          ...a2a,
          ...(contextId !== undefined && { contextId }),
        },
      },
    },
  };
}

/** Notes on a part of the answer by what the next turn finds conversation and trace again. */
export function markLiteLLMAnswer(
  metadata: SharedV4ProviderMetadata | undefined,
  { contextId, traceId }: LiteLLMCall,
): SharedV4ProviderMetadata | undefined {
  const a2a = metadata?.['a2a'];
  if (a2a === undefined) return metadata;
  const keepsContext = contextId === undefined || a2a['contextId'] === contextId;
  // A task that waits is found again only under the context that it has.
  const isWaiting = typeof a2a['state'] === 'string' && isPaused(a2a['state']);
  return {
    ...metadata,
    a2a: keepsContext || isWaiting ? a2a : { ...a2a, contextId },
    litellm: { traceId, ...(!keepsContext && !isWaiting && { keepsContext }) },
  };
}

/** The gateway takes either. */
const traceHeaders = new Set(['x-litellm-trace-id', 'x-litellm-session-id']);

const markOfPart = z.looseObject({
  a2a: z.looseObject({ agent: z.string() }),
  litellm: z.looseObject({
    traceId: z.string().optional(),
    keepsContext: z.boolean().optional(),
  }),
});

function readMark(prompt: LanguageModelV4Prompt, agent: string) {
  for (const message of prompt.toReversed()) {
    if (message.role !== 'assistant') continue;
    for (const part of message.content.toReversed()) {
      const mark = markOfPart.safeParse(part.providerOptions);
      if (mark.success && mark.data.a2a.agent === agent) return mark.data.litellm;
    }
  }
  return undefined;
}
