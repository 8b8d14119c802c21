import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { findJson } from '../../../internal/find-json';
import { JsonData } from './json-data';
import { readJsonShape, type JsonShape } from './json-shape';
import { JsonText } from './json-text';

/** How the answer is read of an agent whose caller asked for JSON. No other call needs it. */
export class JsonReading {
  private readonly shape: JsonShape;

  constructor(shape: JsonShape) {
    this.shape = shape;
  }

  /** For the data parts of one answer. */
  newData(): JsonData {
    return new JsonData(this.shape);
  }

  /** For one text of an answer. */
  newText(): JsonText {
    return new JsonText(this.shape);
  }

  /** What a text says beside the JSON that is in it. */
  proseOf(text: string): string {
    const { prose, values } = findJson(text);
    return values.length === 0 ? text : prose;
  }

  isJson(text: string): boolean {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  }
}

/** Undefined when the caller did not ask for JSON. */
export function readJson(
  format: LanguageModelV4CallOptions['responseFormat'],
): JsonReading | undefined {
  const shape = readJsonShape(format);
  return shape && new JsonReading(shape);
}
