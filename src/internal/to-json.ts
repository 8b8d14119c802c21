import type { JSONObject, JSONValue } from '@ai-sdk/provider';

/** A copy as JSON has it: without members that are undefined. What JSON has no word for is `null`. */
export function toJson(value: unknown): JSONValue {
  return JSON.parse(JSON.stringify(value) ?? 'null');
}

/** As {@link toJson}, of an object that is no list and has no `toJSON`. */
export function toJsonObject(value: object): JSONObject {
  return JSON.parse(JSON.stringify(value));
}
