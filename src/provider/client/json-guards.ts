import { isRecord } from '@ai-sdk/provider-utils';
import { maxNesting } from './a2a-limits';
import {
  backslash,
  closeBrace,
  closeBracket,
  openBrace,
  openBracket,
  quote,
} from './json-characters';

/**
 * Whether a JSON text is nested too deeply for recursive code. Scans the text, not the value, and skips
 * strings, so it is cheap even for a large file.
 */
export function nestsTooDeeply(text: string): boolean {
  if (text.length <= 2 * maxNesting || !opensMoreThan(maxNesting, text)) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === openBrace || code === openBracket) {
      if (++depth > maxNesting) return true;
    } else if (code === closeBrace || code === closeBracket) depth--;
  }
  return false;
}

/** A search is many times cheaper than the scan, and most texts open few objects and lists. */
function opensMoreThan(limit: number, text: string): boolean {
  let opened = 0;
  for (const character of ['{', '[']) {
    for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) {
      if (++opened > limit) return true;
    }
  }
  return false;
}

/** Whether a JSON text may contain keys that pollute a prototype if objects are merged carelessly. */
export function mayPollute(text: string): boolean {
  return suspicious.test(text);
}

/** Removes such keys from a parsed value, in place. */
export function dropPollution(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__');
  if (Object.hasOwn(value, 'constructor') && isRecord(Reflect.get(value, 'constructor'))) {
    Reflect.deleteProperty(value, 'constructor');
  }
  for (const child of Object.values(value)) dropPollution(child);
}

/** The keys, or escaped letters that may spell them. */
const suspicious = /__proto__|"constructor"|\\u00[4-7]/;

function endOfString(text: string, start: number): number {
  for (let at = start + 1; ;) {
    const end = text.indexOf('"', at);
    if (end === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
    at = end + 1;
  }
}
