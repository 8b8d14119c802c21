import type { Part, StreamResponse } from '@a2a-js/sdk';
import { isRecord } from '@ai-sdk/provider-utils';
import type { PartStash } from './part-stash';

/** The A2A SDK's client takes no event of a stream that is longer. */
export const maxClientEventLength = 4 * 1024 * 1024;

/** What is shorter stays: the metadata of a thousand parts is as large as one of these. */
const minLargeLength = 16 * 1024;

interface TakeOutOptions {
  stash: PartStash;
  /** Protocol 0.3 over HTTP+JSON wraps data once more. */
  wrapsData: boolean;
}

/** Takes long texts and data out of the parts of a parsed answer, in place. */
export function takeOutLargeParts(value: unknown, options: TakeOutOptions): void {
  if (Array.isArray(value)) {
    for (const item of value) takeOutLargeParts(item, options);
    return;
  }
  if (!isRecord(value)) return;
  for (const [key, child] of Object.entries(value)) {
    if (key === 'parts' || key === 'content') takeOutOfParts(child, options);
    else if (!opaqueKeys.has(key)) takeOutLargeParts(child, options);
  }
}

/** Puts them back into an event that the client has read, in place. */
export function restoreLargeParts({ payload }: StreamResponse, stash: PartStash): void {
  switch (payload?.$case) {
    case 'message':
      return restore(payload.value.parts, stash);
    case 'statusUpdate':
      return restore(payload.value.status?.message?.parts, stash);
    case 'artifactUpdate':
      return restore(payload.value.artifact?.parts, stash);
    case 'task': {
      const { artifacts, history, status } = payload.value;
      restore(status?.message?.parts, stash);
      for (const { parts } of [...artifacts, ...history]) restore(parts, stash);
      return;
    }
    default:
  }
}

const opaqueKeys = new Set(['data', 'metadata', 'params']);

function takeOutOfParts(parts: unknown, options: TakeOutOptions): void {
  if (!Array.isArray(parts)) return;
  for (const part of parts) {
    if (!isRecord(part)) continue;
    const { text } = part;
    if (typeof text === 'string' && text.length > minLargeLength) {
      part['text'] = options.stash.putBytes(text);
    }
    const holder = options.wrapsData ? part['data'] : part;
    if (!isRecord(holder) || typeof holder['data'] !== 'object') continue;
    const json = JSON.stringify(holder['data']);
    if (json.length > minLargeLength)
      holder['data'] = { [standInKey]: options.stash.putBytes(json) };
  }
}

/** Data stays an object: earlier protocol versions know no other. */
const standInKey = 'a2a-part';

function restore(parts: Part[] | undefined, stash: PartStash): void {
  for (const { content } of parts ?? []) {
    if (content?.$case === 'text') content.value = stash.take(content.value) ?? content.value;
    if (content?.$case !== 'data' || !isRecord(content.value)) continue;
    const standIn = content.value[standInKey];
    const json = typeof standIn === 'string' ? stash.take(standIn) : undefined;
    if (json !== undefined) content.value = JSON.parse(json);
  }
}
