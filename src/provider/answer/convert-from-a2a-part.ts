import { metadataWithoutPayments } from '../common/without-payments';
import type { Part } from '@a2a-js/sdk';
import type {
  JSONObject,
  JSONValue,
  LanguageModelV4CustomContent,
  LanguageModelV4File,
  LanguageModelV4Source,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import { detectMediaType } from '@ai-sdk/provider-utils';
import type { PartStash } from '../wire/part-stash';
import { readDataUrl } from './read-data-url';

/**
 * A file or data out of an agent's answer.
 *
 * A file by URL becomes a `source`: the AI SDK would download a `file` with a URL after the call,
 * and so fetch whatever address the agent chose. One whose URL holds its bytes is a `file`.
 *
 * The stash gives up the bytes: whoever gets the part holds them from now on.
 */
export function convertFromA2APart(
  { content, filename, mediaType, metadata: own }: Part,
  { stash, providerMetadata }: { stash: PartStash; providerMetadata: SharedV4ProviderMetadata },
): LanguageModelV4File | LanguageModelV4Source | LanguageModelV4CustomContent | undefined {
  const attached = own && metadataWithoutPayments(own);
  const facts = {
    ...(filename && { filename }),
    ...(mediaType && { mediaType }),
    ...(isJsonObject(attached) && Object.keys(attached).length > 0 && { metadata: attached }),
  };
  switch (content?.$case) {
    case 'url': {
      if (content.value === '' || isScript(content.value)) return undefined;
      const bytes = stash.take(content.value);
      const inline = bytes === undefined ? readDataUrl(content.value) : { data: bytes };
      const metadata = withA2A(providerMetadata, facts);
      return inline === undefined
        ? {
            type: 'source',
            sourceType: 'url',
            id: crypto.randomUUID(),
            url: content.value,
            ...(filename && { title: filename }),
            providerMetadata: metadata,
          }
        : {
            type: 'file',
            mediaType:
              mediaType ||
              ('mediaType' in inline && inline.mediaType) ||
              detectType(inline.data) ||
              'application/octet-stream',
            data: { type: 'data', data: inline.data },
            providerMetadata: metadata,
          };
    }
    case 'data': {
      const data: JSONValue = content.value;
      return {
        type: 'custom',
        kind: 'a2a.data',
        providerMetadata: withA2A(providerMetadata, { data, ...facts }),
      };
    }
    default:
      return undefined;
  }
}

/** A page that shows sources as links would run it. */
function isScript(url: string): boolean {
  return URL.canParse(url) && /^(?:javascript|vbscript):/.test(new URL(url).protocol);
}

/** What is no base64, whatever it is, takes nothing else of the answer away. */
function detectType(data: string | Uint8Array): string | undefined {
  try {
    return detectMediaType({ data });
  } catch {
    return undefined;
  }
}

/** Exact concatenation: each streamed append is a part of its own. */
export function textOf(parts: Part[]): string {
  return parts.map(({ content }) => (content?.$case === 'text' ? content.value : '')).join('');
}

export function dataOf({ content }: Part): JSONValue | undefined {
  return content?.$case === 'data' ? content.value : undefined;
}

export function valuesIn(parts: Part[]): JSONValue[] {
  return parts.map(dataOf).filter((data) => data !== undefined);
}

/** For values out of parsed JSON. */
export function isJsonObject(value: unknown): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withA2A(metadata: SharedV4ProviderMetadata, extra: JSONObject): SharedV4ProviderMetadata {
  return { ...metadata, a2a: { ...metadata['a2a'], ...extra } };
}
