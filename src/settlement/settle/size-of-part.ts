import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';

/** What a part takes beside its content. */
const bytesOfPart = 100;

/** Bytes that a part takes in memory, as an estimate: two for a character, those of its binary data. Never throws. */
export function sizeOfPart(part: LanguageModelV4StreamPart): number {
  let size = bytesOfPart;
  const seen = new Set<object>();
  const rest: unknown[] = [part];
  try {
    while (rest.length > 0) {
      const value = rest.pop();
      if (typeof value === 'string') size += 2 * value.length;
      if (typeof value !== 'object' || value === null) continue;
      if (ArrayBuffer.isView(value)) {
        size += value.byteLength;
        continue;
      }
      // What a model calls raw may contain itself.
      if (seen.has(value)) continue;
      seen.add(value);
      const values = Object.values(value);
      size += 8 * values.length;
      for (const one of values) rest.push(one);
    }
  } catch {
    // An object that does not let itself be looked at.
  }
  return size;
}
