/** Why a text is not JSON, with the text of Python's `json` module, which the exchange uses. */
export interface JsonError {
  message: string;
  /** In characters (code points), as Python counts. */
  position: number;
}

/** Finds the error of Python's `json.loads`; undefined for a text that it accepts. */
export function findJsonError(text: string): JsonError | undefined {
  const characters = [...text];
  try {
    const end = skipSpace(characters, skipValue(characters, skipSpace(characters, 0)));
    if (end < characters.length) throw new Stumble('Extra data', end);
    return undefined;
  } catch (error) {
    if (error instanceof Stumble) return { message: error.message, position: error.position };
    throw error;
  }
}

class Stumble extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

// Each of these functions takes a start position, and returns the end position.

function skipValue(text: string[], begin: number): number {
  switch (text[begin]) {
    case '"':
      return skipString(text, begin);
    case '{':
      return skipObject(text, begin + 1);
    case '[':
      return skipArray(text, begin + 1);
  }
  const rest = text.slice(begin, begin + MAX_SCALAR).join('');
  const scalar = /^(?:null|true|false|NaN|-?Infinity)/.exec(rest)?.[0];
  if (scalar !== undefined) return begin + scalar.length;
  return skipNumber(text, begin);
}

const MAX_SCALAR = '-Infinity'.length;

function skipNumber(text: string[], begin: number): number {
  let at = text[begin] === '-' ? begin + 1 : begin;
  if (!isDigit(text[at])) throw new Stumble('Expecting value', begin);
  at = text[at] === '0' ? at + 1 : skipDigits(text, at);
  if (text[at] === '.' && isDigit(text[at + 1])) at = skipDigits(text, at + 1);
  if (text[at] === 'e' || text[at] === 'E') {
    const sign = text[at + 1] === '+' || text[at + 1] === '-' ? 1 : 0;
    if (isDigit(text[at + 1 + sign])) at = skipDigits(text, at + 1 + sign);
  }
  return at;
}

function skipDigits(text: string[], begin: number): number {
  let at = begin;
  while (isDigit(text[at])) at++;
  return at;
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && /^\d$/.test(character);
}

function skipObject(text: string[], begin: number): number {
  let at = skipSpace(text, begin);
  if (text[at] === '}') return at + 1;
  while (true) {
    if (text[at] !== '"') {
      throw new Stumble('Expecting property name enclosed in double quotes', at);
    }
    at = skipSpace(text, skipString(text, at));
    if (text[at] !== ':') throw new Stumble("Expecting ':' delimiter", at);
    at = skipSpace(text, skipValue(text, skipSpace(text, at + 1)));
    if (text[at] === '}') return at + 1;
    at = skipComma(text, at);
  }
}

function skipArray(text: string[], begin: number): number {
  let at = skipSpace(text, begin);
  if (text[at] === ']') return at + 1;
  while (true) {
    at = skipSpace(text, skipValue(text, at));
    if (text[at] === ']') return at + 1;
    at = skipComma(text, at);
  }
}

function skipComma(text: string[], at: number): number {
  if (text[at] !== ',') throw new Stumble("Expecting ',' delimiter", at);
  return skipSpace(text, at + 1);
}

function skipSpace(text: string[], begin: number): number {
  let at = begin;
  while (at < text.length && ' \t\n\r'.includes(text[at] ?? '')) at++;
  return at;
}

/** @param quote the start of the string. */
function skipString(text: string[], quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === '"') return at + 1;
    if (character <= '\u001f') throw new Stumble('Invalid control character at', at);
    if (character === '\\') at = skipEscape(text, at, quote);
  }
  throw new Stumble('Unterminated string starting at', quote);
}

/** Returns the last character of the escape. */
function skipEscape(text: string[], backslash: number, quote: number): number {
  const kind = text[backslash + 1];
  if (kind === undefined) throw new Stumble('Unterminated string starting at', quote);
  if (kind !== 'u') {
    if (!'"\\/bfnrt'.includes(kind)) throw new Stumble('Invalid \\escape', backslash);
    return backslash + 1;
  }
  const last = backslash + 5;
  const digits = text.slice(backslash + 2, last + 1);
  // One more character must follow, because the string must end.
  if (last + 1 >= text.length || !digits.every((digit) => /^[0-9a-f]$/i.test(digit))) {
    throw new Stumble('Invalid \\uXXXX escape', backslash + 1);
  }
  return last;
}
