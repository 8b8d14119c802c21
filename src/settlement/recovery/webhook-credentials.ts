import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { isSameSecret } from '../../internal/is-same-secret';
import { toHex } from '../../internal/to-hex';

const option = z.looseObject({
  pushNotification: z.looseObject({
    token: z.string().optional(),
    authentication: z
      .looseObject({ scheme: z.string(), credentials: z.string().optional() })
      .optional(),
  }),
});

/**
 * Digests of the credentials that an agent sends with notifications of a task, as set by the call. Each one is
 * sufficient: agents send one of them, or both. Undefined if no push notification was requested.
 */
export async function webhookDigests({
  providerOptions,
}: Pick<LanguageModelV4CallOptions, 'providerOptions'>): Promise<string[] | undefined> {
  const parsed = option.safeParse(providerOptions?.['a2a']);
  if (!parsed.success) return undefined;
  const { authentication, token } = parsed.data.pushNotification;
  const { credentials, scheme } = authentication ?? {};
  if (!token && !(scheme && credentials)) return undefined;
  return Promise.all([
    ...(token ? [digestOf('token', token)] : []),
    ...(scheme && credentials ? [digestOf(scheme.toLowerCase(), credentials)] : []),
  ]);
}

/** Digests of the credentials in a notification. */
export async function shownDigests(headers: Headers): Promise<string[]> {
  const token = headers.get('x-a2a-notification-token');
  const [, scheme, credentials] = /^(\S+)\s+(\S.*)$/.exec(headers.get('authorization') ?? '') ?? [];
  return Promise.all([
    ...(token ? [digestOf('token', token)] : []),
    ...(scheme && credentials ? [digestOf(scheme.toLowerCase(), credentials)] : []),
  ]);
}

/** Whether the lists have an element in common. Constant time, whatever they contain. */
export function haveCommon(shown: string[], known: string[]): boolean {
  let isFound = false;
  for (const one of shown) {
    for (const other of known) isFound = isSameSecret(one, other) || isFound;
  }
  return isFound;
}

async function digestOf(scheme: string, credentials: string): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(['push', scheme, credentials]));
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', text)));
}
