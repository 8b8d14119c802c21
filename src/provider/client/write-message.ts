import { convertUint8ArrayToBase64, isRecord } from '@ai-sdk/provider-utils';
import type { A2AMessage, A2APart, A2APushNotificationConfig } from './a2a-event';

/** `0.3` is the dialect of JSON-RPC: protocol 0.3 over HTTP+JSON has other names. */
export type Dialect = '1.0' | '0.3' | '0.3 HTTP+JSON';

/** Writes a message in the JSON of a dialect. Undefined fields are omitted by the serializer. */
export function writeMessage(message: A2AMessage, dialect: Dialect): object {
  const { metadata, messageId } = message;
  const contextId = message.contextId || undefined;
  const taskId = message.taskId || undefined;
  const extensions = message.extensions.length > 0 ? message.extensions : undefined;
  const parts = message.parts.map((part) => writers[dialect](part));
  switch (dialect) {
    case '1.0':
      return { messageId, contextId, taskId, role: 'ROLE_USER', parts, metadata, extensions };
    case '0.3': {
      const ids = { contextId, taskId };
      return { kind: 'message', messageId, role: 'user', parts, ...ids, metadata, extensions };
    }
    case '0.3 HTTP+JSON': {
      const content = parts;
      return { messageId, contextId, taskId, role: 'ROLE_USER', content, metadata, extensions };
    }
  }
}

export function writePush(
  { authentication, token, url }: A2APushNotificationConfig,
  dialect: Dialect,
): object {
  const { credentials, scheme } = authentication ?? {};
  const own = dialect === '1.0' ? { scheme, credentials } : { schemes: [scheme], credentials };
  return { url, token, authentication: authentication && own };
}

const writers: Record<Dialect, (part: A2APart) => object> = {
  '1.0': (part) => {
    const { filename, mediaType, metadata } = part;
    return { ...content10(part), metadata, filename, mediaType };
  },
  '0.3': (part) => {
    const { filename: name, mediaType: mimeType, metadata } = part;
    switch (part.type) {
      case 'text':
        return { kind: 'text', text: part.text, metadata };
      case 'raw':
        return { kind: 'file', file: { bytes: base64(part.raw), mimeType, name }, metadata };
      case 'url':
        return { kind: 'file', file: { uri: part.url, mimeType, name }, metadata };
      case 'data':
        return { kind: 'data', ...asObject(part) };
    }
  },
  '0.3 HTTP+JSON': (part) => {
    const { filename: name, mediaType: mimeType, metadata } = part;
    switch (part.type) {
      case 'text':
        return { text: part.text, metadata };
      case 'raw':
        return { file: { fileWithBytes: base64(part.raw), mimeType, name }, metadata };
      case 'url':
        return { file: { fileWithUri: part.url, mimeType, name }, metadata };
      case 'data': {
        const { data, metadata: marked } = asObject(part);
        return { data: { data }, metadata: marked };
      }
    }
  },
};

function content10(part: A2APart): object {
  switch (part.type) {
    case 'text':
      return { text: part.text };
    case 'raw':
      return { raw: base64(part.raw) };
    case 'url':
      return { url: part.url };
    case 'data':
      return { data: part.data };
  }
}

/** Protocol 0.3 allows objects only; the A2A SDK's own server unwraps other values by this flag. */
function asObject({ data, metadata }: Extract<A2APart, { type: 'data' }>) {
  return isRecord(data)
    ? { data, metadata }
    : { data: { value: data }, metadata: { ...metadata, data_part_compat: true } };
}

/** Bytes are encoded when they are sent, so that both forms are not kept in memory. */
function base64(raw: string | Uint8Array): string {
  return typeof raw === 'string' ? raw : convertUint8ArrayToBase64(raw);
}
