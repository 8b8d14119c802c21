import { metadataWithoutPayments } from '../message/without-payments';
import type {
  JSONObject,
  JSONValue,
  LanguageModelV4CustomContent,
  LanguageModelV4File,
  LanguageModelV4Source,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import { detectMediaType } from '@ai-sdk/provider-utils';
import type { A2APart } from '../client/a2a-event';
import { isJsonObject } from './json/is-json-object';
import { readDataUrl } from './read-data-url';

/**
 * Converts a file or data part of an agent's answer.
 *
 * A file by URL becomes a `source`: the AI SDK would download a `file` with a URL after the call, and so
 * request any address that the agent chose. A file with a `data:` URL becomes a `file`.
 */
export function convertFromA2APart(
  part: A2APart,
  providerMetadata: SharedV4ProviderMetadata,
): LanguageModelV4File | LanguageModelV4Source | LanguageModelV4CustomContent | undefined {
  const { filename, mediaType } = part;
  const attached = part.metadata && metadataWithoutPayments(part.metadata);
  const facts = {
    ...(filename && { filename }),
    ...(mediaType && { mediaType }),
    ...(isJsonObject(attached) && Object.keys(attached).length > 0 && { metadata: attached }),
  };
  switch (part.type) {
    case 'raw':
      return file(part.raw, detectType(part.raw));
    case 'url': {
      if (part.url === '' || isScript(part.url)) return undefined;
      const inline = readDataUrl(part.url);
      if (inline !== undefined) {
        return file(inline.data, inline.mediaType || detectType(inline.data));
      }
      return {
        type: 'source',
        sourceType: 'url',
        id: crypto.randomUUID(),
        url: part.url,
        ...(filename && { title: filename }),
        providerMetadata: withA2A(providerMetadata, facts),
      };
    }
    case 'data': {
      const { data } = part;
      return {
        type: 'custom',
        kind: 'a2a.data',
        providerMetadata: withA2A(providerMetadata, { data, ...facts }),
      };
    }
    case 'text':
      return undefined;
  }

  function file(data: string | Uint8Array, detected: string | undefined): LanguageModelV4File {
    return {
      type: 'file',
      mediaType: mediaType || detected || 'application/octet-stream',
      data: { type: 'data', data },
      providerMetadata: withA2A(providerMetadata, facts),
    };
  }
}

/** A page that renders sources as links would execute it. */
function isScript(url: string): boolean {
  return URL.canParse(url) && /^(?:javascript|vbscript):/.test(new URL(url).protocol);
}

/** Invalid base64 must not affect the rest of the answer. */
function detectType(data: string | Uint8Array): string | undefined {
  try {
    return detectMediaType({ data });
  } catch {
    return undefined;
  }
}

/** Exact concatenation: each streamed append is a separate part. */
export function textOf(parts: A2APart[]): string {
  const [only, ...others] = parts;
  if (others.length === 0) return only?.type === 'text' ? only.text : '';
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

export function dataOf(part: A2APart): JSONValue | undefined {
  return part.type === 'data' ? part.data : undefined;
}

export function valuesIn(parts: A2APart[]): JSONValue[] {
  return parts.map(dataOf).filter((data) => data !== undefined);
}

function withA2A(metadata: SharedV4ProviderMetadata, extra: JSONObject): SharedV4ProviderMetadata {
  return { ...metadata, a2a: { ...metadata['a2a'], ...extra } };
}
