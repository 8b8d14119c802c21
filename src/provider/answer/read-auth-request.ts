import { metadataWithoutPayments } from '../message/without-payments';
import type { JSONObject, JSONValue } from '@ai-sdk/provider';
import type { A2AMessage } from '../client/a2a-event';
import { dataOf, textOf } from './convert-from-a2a-part';
import { isJsonObject } from './json/is-json-object';

/**
 * The request of an agent that has paused a task as `auth-required`, as `authRequest`: its text, the data and
 * URLs of the message (where to sign in, for which scopes; the protocol does not define the form), and the
 * message's metadata.
 */
export function readAuthRequest(
  state: string | undefined,
  message: A2AMessage | undefined,
): { authRequest?: JSONObject } {
  if (state !== 'auth-required' || message === undefined) return {};
  const { parts, extensions } = message;
  const metadata = message.metadata && metadataWithoutPayments(message.metadata);
  const text = textOf(parts);
  const data = parts.map(dataOf).filter((value): value is JSONValue => value !== undefined);
  const urls = parts.flatMap((part) =>
    part.type === 'url' && /^https?:/i.test(part.url) ? [part.url] : [],
  );
  return {
    authRequest: {
      ...(text !== '' && { message: text }),
      ...(data.length > 0 && { data }),
      ...(urls.length > 0 && { urls }),
      ...(isJsonObject(metadata) && { metadata }),
      ...(extensions.length > 0 && { extensions }),
    },
  };
}
