import { convertUint8ArrayToBase64 } from '@ai-sdk/provider-utils';
import type { A2APart } from '../client/a2a-event';
import { toSortedJson } from '../../internal/to-sorted-json';

/**
 * The emitted files and data parts of each key. A snapshot repeats them, with new ones in between: they are
 * recognised by their content, of which only a hash is stored.
 */
export class EmittedParts {
  private readonly seen = new Map<string, Map<string, number>>();
  /** The number of parts in earlier answers, which is all that the prompt contains. */
  private readonly remembered = new Map<string, number>();

  /** Parts of earlier answers come first in a snapshot of their key. */
  remember(key: string, count: number): void {
    this.remembered.set(key, count);
  }

  note(key: string, part: A2APart): void {
    this.add(key, fingerprint(part));
  }

  /**
   * Returns a function that reports for each file and data part of a snapshot, in order, whether it is new, and
   * records it.
   */
  inSnapshot(key: string): (part: A2APart) => boolean {
    const counted = new Map<string, number>();
    let remembered = this.remembered.get(key) ?? 0;
    return (part) => {
      if (remembered-- > 0) return false;
      const print = fingerprint(part);
      const count = counted.get(print) ?? 0;
      counted.set(print, count + 1);
      if (count < (this.seen.get(key)?.get(print) ?? 0)) return false;
      this.add(key, print);
      return true;
    };
  }

  private add(key: string, print: string): void {
    const seen = this.seen.get(key) ?? new Map<string, number>();
    seen.set(print, (seen.get(print) ?? 0) + 1);
    this.seen.set(key, seen);
  }
}

function fingerprint(part: A2APart): string {
  switch (part.type) {
    case 'data':
      return `data:${hash(toSortedJson(part.data))}`;
    case 'url':
      // A URL may be signed again each time, so its query is ignored.
      return `url:${hash(/^https?:[^?#]*/i.exec(part.url)?.[0] ?? part.url)}`;
    case 'raw': {
      const { raw } = part;
      return `bytes:${hash(typeof raw === 'string' ? raw : convertUint8ArrayToBase64(raw))}`;
    }
    case 'text':
      return '';
  }
}

/** FNV-1a: fast enough for files, and synchronous on all runtimes. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  return `${text.length}:${value >>> 0}`;
}
