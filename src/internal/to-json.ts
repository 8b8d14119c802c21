import type { JSONObject, JSONValue } from '@ai-sdk/provider';

/**
 * A copy with JSON semantics: members that are undefined are left out. Values that JSON cannot express are
 * `null`.
 */
export function toJson(value: unknown): JSONValue {
  return JSON.parse(JSON.stringify(value) ?? 'null');
}

/** As {@link toJson}, for an object that is not an array and has no `toJSON`. */
export function toJsonObject(value: object): JSONObject {
  return JSON.parse(JSON.stringify(value));
}
