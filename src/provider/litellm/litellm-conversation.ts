import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Prompt,
  SharedV4ProviderMetadata,
  SharedV4Warning,
} from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { isPaused } from '../client/task-state';
import { readCallOptions } from '../message/read-call-options';
import { conversationUnknown, readConversation } from '../message/read-conversation';
import type { ConversationSeals } from '../message/conversation-seals';
import { a2aLanguageModelOptions } from '../message/a2a-language-model-options';
import { isTraceId, litellmLanguageModelOptions } from './litellm-options';

/** The ids of one call through the gateway. */
interface LiteLLMCall {
  traceId: string;
  /** The conversation id that was sent to the agent; undefined if the task identifies the conversation. */
  contextId: string | undefined;
}

export interface LiteLLMJoined {
  options: LanguageModelV4CallOptions;
  call: LiteLLMCall;
  /** Seals the marks of the response. */
  seal: ReturnType<ConversationSeals['sealer']>;
  warnings: SharedV4Warning[];
}

/**
 * Adds conversation and trace ids to a call: one id for both, so that gateways which replace the message's
 * `contextId` by the trace id do no harm.
 *
 * A conversation without an id gets a new one. Agents must keep it (A2A specification, section 3.4.1); a plain
 * model behind the gateway does not, and stores nothing: the next turn sends all messages.
 */
export async function joinLiteLLMConversation(
  options: LanguageModelV4CallOptions,
  conversations: ConversationSeals,
): Promise<LiteLLMJoined> {
  const { headers, prompt, providerOptions } = options;
  const { options: own } = readCallOptions('litellm', litellmLanguageModelOptions, providerOptions);
  const a2a = providerOptions?.['a2a'] ?? {};
  const { subject } = readCallOptions('a2a', a2aLanguageModelOptions, providerOptions).options;
  const found = await readConversation(prompt, conversations, subject);
  const known = found === 'unknown' ? undefined : found?.contextId;
  const given = typeof a2a['contextId'] === 'string' ? a2a['contextId'] : undefined;
  const isOfKnownTask = a2a['taskId'] !== undefined || a2a['resume'] !== undefined;
  const fresh = crypto.randomUUID();
  const contextId = given ?? known ?? (isOfKnownTask ? undefined : fresh);
  const mark =
    known !== undefined && contextId === known ? readMark(prompt, conversations.agent) : undefined;
  // Some gateways replace the context id by the trace id: only sealed ids may be used.
  const marked = conversations.isSealing ? undefined : mark?.traceId;
  const traceId = own.traceId ?? marked ?? contextId ?? fresh;
  const isForgotten = mark?.keepsContext === false && !isOfKnownTask;
  const hasOwnTrace = Object.keys(headers ?? {}).some((name) =>
    traceHeaders.has(name.toLowerCase()),
  );

  const call = { traceId: isTraceId(traceId) ? traceId : fresh, contextId };
  return {
    call,
    seal: conversations.sealer(subject),
    warnings: found === 'unknown' && contextId === fresh ? [conversationUnknown] : [],
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

/** Adds the conversation and trace ids that the next turn needs to a part of the answer. */
export async function markLiteLLMAnswer(
  metadata: SharedV4ProviderMetadata | undefined,
  { call: { contextId, traceId }, seal }: Pick<LiteLLMJoined, 'call' | 'seal'>,
): Promise<SharedV4ProviderMetadata | undefined> {
  const a2a = metadata?.['a2a'];
  if (a2a === undefined) return metadata;
  const keepsContext = contextId === undefined || a2a['contextId'] === contextId;
  // A waiting task is found again only under its own context id.
  const isWaiting = typeof a2a['state'] === 'string' && isPaused(a2a['state']);
  const isKnownAs = keepsContext || isWaiting;
  return {
    // The gateway's own model has already sealed the answer.
    ...(isKnownAs ? metadata : await seal({ ...metadata, a2a: { ...a2a, contextId } })),
    litellm: { traceId, ...(!keepsContext && !isWaiting && { keepsContext }) },
  };
}

/** The gateway accepts either header. */
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
