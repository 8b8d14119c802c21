import { JsonScanner } from '../../../internal/json-scanner';
import type { JsonShape } from './json-shape';

/**
 * One text of an answer that should be JSON, as it is streamed: passes the requested JSON, and keeps back
 * everything else.
 *
 * Code fences are removed, text after the JSON is kept back, and a bare list is wrapped in the shape of the
 * caller.
 */
export class JsonText {
  /** The whole input. */
  raw = '';
  /** The text after the JSON. */
  rest = '';
  isComplete = false;
  private kind: 'undecided' | 'json' | 'prose' = 'undecided';
  private readonly scanner = new JsonScanner();
  private readonly shape: JsonShape;
  private closing = '';

  constructor(shape: JsonShape) {
    this.shape = shape;
  }

  get isJson(): boolean {
    return this.kind === 'json';
  }

  /** From now on, the text is not the answer, whatever it looks like. */
  giveUp(): void {
    this.kind = 'prose';
  }

  /** Returns the text that can be emitted now. */
  feed(delta: string): string {
    this.raw += delta;
    switch (this.kind) {
      case 'prose':
        return '';
      case 'json':
        return this.scan(delta);
      case 'undecided': {
        const decided = decide(this.raw, this.shape);
        if (decided === 'undecided') return '';
        if (decided === 'prose') {
          this.kind = 'prose';
          return '';
        }
        this.kind = 'json';
        const { isBare, start } = decided;
        const { shape } = this;
        if (!isBare || shape.type !== 'list') return this.scan(this.raw.slice(start));
        this.closing = '}';
        return `{${JSON.stringify(shape.key)}:${this.scan(this.raw.slice(start))}`;
      }
    }
  }

  private scan(text: string): string {
    if (this.isComplete) {
      this.rest += text;
      return '';
    }
    const end = this.scanner.feed(text);
    if (end === undefined) return text;
    this.isComplete = true;
    this.rest = text.slice(end);
    return text.slice(0, end) + this.closing;
  }
}

/** Where the JSON starts. `undecided` until there is enough text. */
function decide(
  text: string,
  shape: JsonShape,
): 'undecided' | 'prose' | { start: number; isBare: boolean } {
  if (beginning.test(text)) return text.length > longestBeginning ? 'prose' : 'undecided';
  const opening = /^\s*(?:```(?:json)?\s*)?([{[])/i.exec(text);
  if (opening === null) return 'prose';
  const start = opening[0].length - 1;
  if (start > longestBeginning) return 'prose';
  const rest = text.slice(start + 1, start + longestBeginning);
  // Bounded, because it is repeated with each piece of text.
  const mayGoOn = rest.length < longestBeginning - 1;
  if (opening[1] === '[') {
    if (shape.type !== 'list' && shape.type !== 'any') return 'prose';
    if (/^\s*$/.test(rest)) return mayGoOn ? 'undecided' : 'prose';
    // A list of numbers may be a footnote, which is known only at the end.
    return /^\s*[{["]/.test(rest) ? { start, isBare: true } : 'prose';
  }
  const [, key] = /^\s*"((?:[^"\\]|\\.)*)"\s*:/.exec(rest) ?? [];
  if (key !== undefined) return fits(key, shape) ? { start, isBare: false } : 'prose';
  return mayGoOn && /^\s*(?:"(?:[^"\\]|\\.)*(?:\\|"\s*)?)?$/.test(rest) ? 'undecided' : 'prose';
}

/** White space, or the possible start of a code fence. */
const beginning = /^\s*(?:`{0,3}|```[a-z]{0,4}\s*)$/i;

const longestBeginning = 1000;

function fits(key: string, shape: JsonShape): boolean {
  switch (shape.type) {
    case 'any':
      return true;
    case 'object':
      return shape.properties.length === 0 || shape.properties.includes(key);
    default:
      return key === shape.key;
  }
}
