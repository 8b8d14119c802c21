/** In characters: about a sentence, because each piece becomes a message of the task's history. */
const enough = 120;

/**
 * Splits reasoning into pieces of some sentences or lines. Clients may treat a piece that starts with the
 * text of the previous one as its extension, so no piece does.
 */
export class ThoughtPieces {
  private waiting = '';
  private last = '';

  /** The pieces that are complete. */
  add(delta: string): string[] {
    this.waiting += delta;
    const end = Math.max(this.waiting.lastIndexOf('\n') + 1, this.waiting.lastIndexOf('. ') + 2);
    if (end >= enough) return this.cut(end);
    return this.waiting.length < 2 * enough ? [] : this.cut(this.waiting.length);
  }

  /** The remainder at the end of the block. */
  end(): string[] {
    return this.cut(this.waiting.length);
  }

  private cut(end: number): string[] {
    const pieces: string[] = [];
    for (let at = 0; at < end;) {
      const rest = this.waiting.slice(at, end);
      const isRepeated = this.last.length > 1 && rest.startsWith(this.last);
      this.last = isRepeated ? rest.slice(0, this.last.length - 1) : rest;
      pieces.push(this.last);
      at += this.last.length;
    }
    this.waiting = this.waiting.slice(end);
    return pieces;
  }
}
