import { createParser } from 'eventsource-parser';
import {
  backslash,
  closeBrace,
  closeBracket,
  openBrace,
  openBracket,
  quote,
} from './json-characters';

/** Splits the text of a response into its JSON texts. */
export interface FrameSplitter {
  /** @returns the texts that are now complete. Throws `FrameTooLarge`. */
  feed: (text: string) => string[];
  /** @returns the text that was only missing its end, and an incomplete rest, if any. */
  end: () => string[];
}

/** The incomplete text exceeds the buffer's limit. */
export class FrameTooLarge extends Error {}

/**
 * A splitter for server-sent events, JSON lines, or JSON of any layout: a text that starts with a brace is
 * JSON, anything else is events. The content type is used only if the text starts with neither.
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

/** First characters of `data`, `event`, `id`, `retry`, and of comments. */
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
  // Some agents omit the empty line after their last event.
  return { feed, end: () => feed('\n\n') };
}

/**
 * Whether an event carries a response. Servers keep a connection open with events of other types, for example
 * `event: ping`.
 */
function isSpoken(event: string | undefined, data: string): boolean {
  return event === undefined || event === 'message' || event === 'error' || /^\s*\{/.test(data);
}

/** Counts braces, and reads each character once, however the text is chunked. */
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
