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
  if (!isList(parts)) return;
  joinTexts(parts);
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

/** A text that was streamed word by word has a part for each word. */
function joinTexts(parts: unknown[]): void {
  let length = 0;
  let words: string[] = [];
  const endText = () => {
    if (words.length > 1) parts[length - 1] = withText(parts[length - 1], words.join(''));
    words = [];
  };
  for (const part of parts) {
    const word = wordOf(part);
    if (word !== undefined && words.length > 0) {
      words.push(word);
      continue;
    }
    endText();
    parts[length++] = part;
    if (word !== undefined) words.push(word);
  }
  endText();
  parts.length = length;
}

/** Of a part that is nothing but text. */
function wordOf(part: unknown): string | undefined {
  if (!isRecord(part) || typeof part['text'] !== 'string') return undefined;
  const isBare = Object.keys(part).every((key) => key === 'text' || part[key] === undefined);
  return isBare || (part['kind'] === 'text' && Object.keys(part).length === 2)
    ? part['text']
    : undefined;
}

function withText(part: unknown, text: string): unknown {
  return isRecord(part) ? { ...part, text } : part;
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
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
