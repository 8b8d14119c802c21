import type { JSONValue } from '@ai-sdk/provider';
import { findJson } from '../../../internal/find-json';
import { fitJson, type JsonShape } from './json-shape';

/** The data parts of an answer whose caller requested JSON. */
export class JsonData {
  private readonly parts = new Map<string, JSONValue[]>();
  private readonly shape: JsonShape;

  constructor(shape: JsonShape) {
    this.shape = shape;
  }

  get isEmpty(): boolean {
    return this.parts.size === 0;
  }

  append(key: string, value: JSONValue): void {
    const known = this.parts.get(key);
    if (known === undefined) this.parts.set(key, [value]);
    else known.push(value);
  }

  /** The current full content of an artifact. */
  replace(key: string, values: JSONValue[]): void {
    if (values.length > 0) this.parts.set(key, values);
  }

  /**
   * The JSON text for the caller: from data, else from text, and if nothing matches the shape, from data that
   * does not match. Undefined if there is none.
   */
  choose(texts: string[]): string | undefined {
    const { shape } = this;
    const data = [...this.parts.values()].flat();
    const said = texts.flatMap((text) => findJson(text).values);
    const chosen =
      fitJson(data, shape) ??
      fitJson(said, shape) ??
      fitJson(texts.map(withoutMarks), shape.type === 'choice' ? shape : none) ??
      (data.length > 1 ? data : data[0]);
    return chosen === undefined ? undefined : JSON.stringify(chosen);
  }
}

/** A shape that nothing matches. */
const none: JsonShape = { type: 'choice', key: '', options: [] };

/** A single word without markup, as agents write it: "**Sunny**.", `sunny`. */
function withoutMarks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && /[\s"'`*_]/.test(text.charAt(start))) start++;
  // Scanned from the end: a regular expression would start at each mark in the text.
  while (end > start && /[\s"'`*_.!]/.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}
