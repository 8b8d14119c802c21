import { convertBase64ToUint8Array } from '@ai-sdk/provider-utils';

/**
 * Gives the A2A SDK what it uses of `Buffer` where the runtime has none, as Cloudflare Workers without
 * `nodejs_compat`. The SDK uses it for each file, for structured data in protocol 0.3, and for the pages of
 * `ListTasks`. Without it such a call ends with "Buffer is not defined", after the agent has worked.
 *
 * It is set on the global object, because the SDK looks it up there. An existing `Buffer` is kept. Others find
 * it there, too (`@ai-sdk/provider-utils` does), so `from` takes all that Node's takes, and an encoding other
 * than base64 and UTF-8 throws a RangeError.
 */
export function provideBuffer(): void {
  if ('Buffer' in globalThis) return;
  Object.defineProperty(globalThis, 'Buffer', {
    value: { from, isBuffer: () => false },
    configurable: true,
    writable: true,
  });
}

/** @param encodingOrOffset an encoding for a string, the first byte for an ArrayBuffer. */
function from(
  source: string | ArrayBuffer | ArrayLike<number>,
  encodingOrOffset?: string | number,
  length?: number,
): Uint8Array {
  const bytes = bytesOf(source, encodingOrOffset, length);
  return Object.defineProperty(bytes, 'toString', {
    value: (encoding = 'utf-8') =>
      encoding === 'base64' ? btoa(latin1Of(bytes)) : new TextDecoder(utf8(encoding)).decode(bytes),
  });
}

function bytesOf(
  source: string | ArrayBuffer | ArrayLike<number>,
  encodingOrOffset: string | number = 'utf-8',
  length?: number,
): Uint8Array {
  if (source instanceof ArrayBuffer) {
    return new Uint8Array(source, Number(encodingOrOffset) || 0, length);
  }
  if (typeof source !== 'string') return Uint8Array.from(source);
  return encodingOrOffset === 'base64'
    ? convertBase64ToUint8Array(source)
    : new TextEncoder().encode(utf8(encodingOrOffset) && source);
}

function latin1Of(bytes: Uint8Array): string {
  let text = '';
  // As many arguments as an engine certainly takes.
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

function utf8(encoding: unknown): 'utf-8' {
  if (encoding === 'utf-8' || encoding === 'utf8') return 'utf-8';
  throw new RangeError(`This runtime has no Buffer, and no encoding ${String(encoding)}.`);
}
