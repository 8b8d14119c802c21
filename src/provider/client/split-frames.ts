import { createParser } from 'eventsource-parser';
import {
  backslash,
  closeBrace,
  closeBracket,
  openBrace,
  openBracket,
  quote,
} from './json-characters';

/** Cuts the text of an answer into the JSON texts in it. */
export interface FrameSplitter {
  /** @returns what became complete. Throws `FrameTooLarge`. */
  feed: (text: string) => string[];
  /** @returns what lacked nothing but its end, and perhaps more. */
  end: () => string[];
}

/** What cannot be handed on yet has grown beyond what is held. */
export class FrameTooLarge extends Error {}

/**
 * A splitter for server-sent events, JSON lines, or JSON of any layout: what begins with a brace is
 * JSON, and the rest is events. What the answer calls itself decides only where it begins with neither.
 */
export function splitFrames(contentType: string, maxLength: number): FrameSplitter {
  let splitter: FrameSplitter | undefined;
  return {
    feed(text) {
      if (splitter === undefined) {
        const first = text.trimStart().charAt(0);
        if (first === '') return [];
        const isEvents = isEventStream(contentType)
          ? first !== '{' && first !== '['
          : fieldStart.test(first);
        splitter = isEvents ? splitEvents(maxLength) : splitJson(maxLength);
      }
      return splitter.feed(text);
    },
    end: () => splitter?.end() ?? [],
  };
}

/** Of `data`, `event`, `id`, `retry`, and of comments. */
const fieldStart = /[deir:]/;

function isEventStream(contentType: string): boolean {
  return /text\/event-stream/i.test(contentType);
}

function splitEvents(maxLength: number): FrameSplitter {
  let frames: string[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (isSpoken(event, data)) frames.push(data);
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') throw new FrameTooLarge();
    },
    maxBufferSize: maxLength,
  });
  const feed = (text: string) => {
    parser.feed(text);
    const complete = frames;
    if (complete.length > 0) frames = [];
    return complete;
  };
  // Some agents leave out the empty line after their last event.
  return { feed, end: () => feed('\n\n') };
}

/** Servers keep a line open with events of their own, `event: ping` for one, which hold no answer. */
function isSpoken(event: string | undefined, data: string): boolean {
  return event === undefined || event === 'message' || event === 'error' || /^\s*\{/.test(data);
}

/** Counts braces, and looks at each character once, however the text is cut. */
function splitJson(maxLength: number): FrameSplitter {
  let held: string[] = [];
  let heldLength = 0;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;

  function take(text: string): string {
    held.push(text);
    const frame = held.join('');
    held = [];
    heldLength = 0;
    return frame;
  }

  return {
    feed(text) {
      const frames: string[] = [];
      let start = 0;
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (isInString) {
          if (isEscaped) isEscaped = false;
          else if (code === backslash) isEscaped = true;
          else if (code === quote) isInString = false;
          continue;
        }
        if (code === quote) isInString = depth > 0;
        else if (code === openBrace || code === openBracket) depth++;
        else if (code === closeBrace || code === closeBracket) depth--;
        const isEnd = code === newline || code === closeBrace || code === closeBracket;
        if (!isEnd || depth > 0) continue;
        depth = 0;
        frames.push(take(text.slice(start, at + 1)));
        start = at + 1;
      }
      if (start < text.length) {
        held.push(start === 0 ? text : text.slice(start));
        heldLength += text.length - start;
        if (heldLength > maxLength) throw new FrameTooLarge();
      }
      return frames;
    },
    end: () => [take('')],
  };
}

const newline = 0x0a;
