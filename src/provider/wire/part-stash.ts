import type { JSONValue } from '@ai-sdk/provider';
import { convertUint8ArrayToBase64, isRecord } from '@ai-sdk/provider-utils';

/**
 * Keeps file bytes and outgoing data out of the A2A SDK's hands for one call.
 *
 * The SDK handles both with Node's `Buffer`, which edge runtimes lack, and refuses events above
 * 4 MiB. So they travel through it as short texts that only this call knows, and are put into (and
 * taken out of) the JSON on the wire.
 */
export class PartStash {
  private readonly prefix = `a2a-part:${crypto.randomUUID()}:`;
  /** Credentials in the call's message, by name: kept out of error messages. */
  secrets: [string, string][] = [];
  private readonly values = new Map<string, string | Uint8Array>();
  private count = 0;

  /**
   * Stores bytes, or base64 text; returns the URL that stands for them. Bytes stay the caller's own:
   * they become text in the moment they go onto the wire, and are not held as both.
   */
  putBytes(data: Uint8Array | string): string {
    return this.put(data);
  }

  /** Stores a JSON value; returns the text that stands for it. */
  putData(data: JSONValue): string {
    return this.put(JSON.stringify(data));
  }

  /** The base64 text or the JSON behind a stand-in of this stash. */
  get(standIn: string): string | undefined {
    const value = this.values.get(standIn);
    return value === undefined || typeof value === 'string'
      ? value
      : convertUint8ArrayToBase64(value);
  }

  /** As `get`, for the last time. */
  take(standIn: string): string | undefined {
    const value = this.get(standIn);
    this.values.delete(standIn);
    return value;
  }

  /** Gives up all that a part of an answer has stand-ins for: nobody will ask for it. */
  forget(value: unknown): void {
    if (this.values.size === 0) return;
    if (typeof value === 'string') this.values.delete(value);
    else if (Array.isArray(value)) for (const item of value) this.forget(item);
    else if (isRecord(value)) this.forget(Object.values(value));
  }

  /**
   * Puts the values into a serialized request, in the fields its protocol version has for them.
   * `protobufJson`: the request is protocol 0.3 over HTTP+JSON, which wraps data once more.
   */
  fillIn(body: string, { protobufJson = false } = {}): string {
    if (!body.includes(this.prefix)) return body;
    return body.replace(
      new RegExp(`("kind":"text",)?"(text|url|uri|fileWithUri)":"(${this.prefix}\\d+)"`, 'g'),
      (whole, kind: string | undefined, key: string, standIn: string) => {
        const value = this.get(standIn);
        if (value === undefined) return whole;
        // Quoted anew: whoever holds the messages could have put anything in the place of base64.
        if (key !== 'text') return `"${bytesKeys[key]}":${JSON.stringify(value)}`;
        if (kind === undefined && !protobufJson) return `"data":${value}`;
        // Protocol 0.3 allows objects only; the SDK's own server unwraps others by this flag.
        const isWrapped = !value.startsWith('{');
        const object = isWrapped ? `{"value":${value}}` : value;
        const data = protobufJson ? `"data":{"data":${object}}` : `"kind":"data","data":${object}`;
        return isWrapped ? `${data},"metadata":{"${compatFlag}":true}` : data;
      },
    );
  }

  /** Takes the bytes out of a parsed answer, in place. */
  takeOut(value: unknown): void {
    if (Array.isArray(value)) {
      for (const item of value) this.takeOut(item);
      return;
    }
    if (!isRecord(value)) return;
    unwrapCompatData(value);
    for (const [key, child] of Object.entries(value)) {
      const urlKey = urlKeys.get(key);
      if (urlKey !== undefined && typeof child === 'string') {
        delete value[key];
        value[urlKey] = this.putBytes(toStandardBase64(child));
      } else if (!opaqueKeys.has(key)) {
        this.takeOut(child);
      }
    }
  }

  private put(value: string | Uint8Array): string {
    const standIn = `${this.prefix}${this.count++}`;
    this.values.set(standIn, value);
    return standIn;
  }
}

const compatFlag = 'data_part_compat';

/** 1.0 has `raw` and `url` in the part; 0.3 has `bytes` and `uri`; 0.3 over HTTP+JSON its protobuf names. */
const bytesKeys: Record<string, string> = {
  url: 'raw',
  uri: 'bytes',
  fileWithUri: 'fileWithBytes',
};
const urlKeys = new Map([
  ['raw', 'url'],
  ['bytes', 'uri'],
  ['fileWithBytes', 'fileWithUri'],
  ['file_with_bytes', 'file_with_uri'],
]);

/** What lies under these is the agent's own and may use any key. */
const opaqueKeys = new Set(['data', 'metadata', 'params']);

function unwrapCompatData(part: Record<string, unknown>): void {
  const { data, metadata } = part;
  if (part['kind'] !== 'data' || !isRecord(data) || !isRecord(metadata)) return;
  if (metadata[compatFlag] !== true || !('value' in data)) return;
  part['data'] = data['value'];
  delete metadata[compatFlag];
}

function toStandardBase64(text: string): string {
  // Protobuf's JSON also allows the URL-safe alphabet; the AI SDK hands base64 on as it is.
  if (!/[-_]/.test(text)) return text;
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  return standard.padEnd(Math.ceil(standard.length / 4) * 4, '=');
}
