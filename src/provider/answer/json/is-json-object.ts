import type { JSONObject } from '@ai-sdk/provider';

/** For values out of parsed JSON. */
export function isJsonObject(value: unknown): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
