import type { JSONValue } from '@ai-sdk/provider';
import { JsonScanner } from './json-scanner';

export interface FoundJson {
  values: JSONValue[];
  /** The text around the JSON values. */
  prose: string;
}

/**
 * Finds JSON in a text: the whole text, the content of its code fences, or the objects and arrays within it.
 */
export function findJson(text: string): FoundJson {
  const whole = parse(text.trim());
  if (whole !== undefined) return { values: [whole], prose: '' };
  const fenced = findFenced(text);
  return fenced.values.length > 0 ? fenced : findBare(text);
}

function findFenced(text: string): FoundJson {
  const values: JSONValue[] = [];
  // Split instead of matched: a regular expression would search for the end of each fence repeatedly.
  const prose = text.split('```').map((piece, index) => {
    const value = index % 2 === 1 ? parse(piece.replace(/^[a-zA-Z0-9]*\s/, '')) : undefined;
    if (value === undefined) return piece;
    values.push(value);
    return '';
  });
  return { values, prose: prose.join('').trim() };
}

function findBare(text: string): FoundJson {
  const values: JSONValue[] = [];
  let prose = '';
  let budget = budgetFor(text);
  let proseFrom = 0;
  for (let at = nextOpening(text, 0); at >= 0 && budget > 0;) {
    const length = new JsonScanner().feed(text.slice(at));
    budget -= length ?? text.length - at;
    const value = length === undefined ? undefined : parse(text.slice(at, at + length));
    if (length === undefined || value === undefined) {
      at = nextOpening(text, at + 1);
      continue;
    }
    values.push(value);
    prose += text.slice(proseFrom, at);
    proseFrom = at + length;
    at = nextOpening(text, proseFrom);
  }
  return { values, prose: (prose + text.slice(proseFrom)).trim() };
}

/** The maximum number of characters to scan. Otherwise a text of only brackets would take quadratic time. */
function budgetFor(text: string): number {
  return 20 * text.length + 100_000;
}

function nextOpening(text: string, from: number): number {
  const index = text.slice(from).search(/[{[]/);
  return index < 0 ? -1 : from + index;
}

function parse(text: string): JSONValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
