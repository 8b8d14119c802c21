import type { JSONValue, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { MessageDecoration } from '../../rails/rail';
import { markCall } from './settled-by';

/** Tells the agent of the hold, or of an offer, in what the A2A provider reads of a call. */
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
