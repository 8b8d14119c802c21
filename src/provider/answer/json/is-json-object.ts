import type { JSONObject } from '@ai-sdk/provider';

/** Whether a value of parsed JSON is an object. */
export function isJsonObject(value: unknown): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
