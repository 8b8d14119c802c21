import type { JSONValue, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import type { MessageDecoration } from '../../rails/rail';
import type { NegotiatedTask } from '../plan/negotiate';
import { markCall } from './settled-by';

/** The labels of a call, already validated. The receipt of an earlier call may be in their place. */
export function labelsOf({
  providerOptions,
}: Pick<LanguageModelV4CallOptions, 'providerOptions'>): Record<string, string> | undefined {
  const own = providerOptions?.['settlement'];
  return own?.['status'] === undefined ? labels.safeParse(own?.['labels']).data : undefined;
}

const labels = z.record(z.string(), z.string());

/** The call's conversation id for the limits. */
export function conversationIdOf({
  providerOptions,
}: LanguageModelV4CallOptions): string | undefined {
  const id = providerOptions?.['settlement']?.['conversationId'];
  return typeof id === 'string' ? id : undefined;
}

/** The same call, as the next message of a task that it started. */
export function continueTask(
  params: LanguageModelV4CallOptions,
  task: NegotiatedTask | undefined,
): LanguageModelV4CallOptions {
  if (task === undefined) return params;
  const { contextId, taskId } = task;
  const { prompt, providerOptions } = params;
  const a2a = providerOptions?.['a2a'];
  const isKnown =
    a2a?.['contextId'] !== undefined ||
    prompt.some(
      (message) =>
        message.role === 'assistant' &&
        message.content.some((part) => part.providerOptions?.['a2a']?.['contextId'] === contextId),
    );
  return {
    ...params,
    providerOptions: {
      ...providerOptions,
      a2a: {
        // The agent gets the same beginning of the conversation again.
        ...(!isKnown && { history: 'transcript' }),
        ...a2a,
        ...(contextId !== undefined && { contextId }),
        taskId,
      },
    },
  };
}

/** Adds the hold, or an offer, to the options that the A2A provider reads. */
export function decorateParams(
  params: LanguageModelV4CallOptions,
  { extensions, headers, metadata }: MessageDecoration,
): LanguageModelV4CallOptions {
  const a2a = params.providerOptions?.['a2a'];
  const own = a2a?.['metadata'];
  return {
    ...params,
    ...(headers !== undefined && { headers: { ...params.headers, ...headers } }),
    providerOptions: {
      ...params.providerOptions,
      a2a: {
        ...a2a,
        metadata: isObject(own) ? { ...own, ...metadata } : metadata,
        extensions: union(a2a?.['extensions'], extensions),
      },
      settlement: markCall(params),
    },
  };
}

function union(own: JSONValue | undefined, added: string[]): JSONValue[] {
  return [...new Set([...(Array.isArray(own) ? own : []), ...added])];
}

function isObject(value: JSONValue | undefined): value is Record<string, JSONValue | undefined> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
