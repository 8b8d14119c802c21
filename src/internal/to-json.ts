import type { JSONValue } from '@ai-sdk/provider';

/** A copy as JSON has it: without members that are undefined. What JSON has no word for is `null`. */
export function toJson(value: unknown): JSONValue {
  return JSON.parse(JSON.stringify(value) ?? 'null');
}
