/**
 * What was said under one key, as it came. Compared piece by piece: to join the pieces for each
 * comparison would be work without bounds for an agent that says little at a time, and repeats itself.
 */
export class EmittedText {
  private readonly pieces: string[] = [];
  private length = 0;
  /** How many of the last pieces have not been put together. */
  private loose = 0;
  /** Where the text begins that stands now; before it is what was rewritten since. */
  private rewritten = { pieces: 0, length: 0 };

  add(text: string): void {
    this.pieces.push(text);
    this.length += text.length;
    if (++this.loose === maxLoose) this.putTogether();
  }

  /** A text of its own for each of a million pieces takes many times the room. */
  private putTogether(): void {
    this.pieces.push(this.pieces.splice(-this.loose).join(''));
    this.loose = 0;
  }

  /** What comes next replaces what was said. */
  rewrite(): void {
    this.loose = 0;
    this.rewritten = { pieces: this.pieces.length, length: this.length };
  }

  /** What a whole text has beyond what was said; undefined when it says something else. */
  beyond(whole: string): string | undefined {
    if (this.begins(whole, 0)) return whole.slice(this.length);
    const { pieces, length } = this.rewritten;
    if (this.begins(whole, pieces)) return whole.slice(this.length - length);
    return this.startsWith(whole) || this.endsWith(whole) ? '' : undefined;
  }

  /** The text begins with all that was said, from one piece on. */
  private begins(text: string, from: number): boolean {
    const length = from === 0 ? this.length : this.length - this.rewritten.length;
    if (text.length < length) return false;
    let at = 0;
    for (let index = from; index < this.pieces.length; index++) {
      const piece = this.pieces[index] ?? '';
      if (!text.startsWith(piece, at)) return false;
      at += piece.length;
    }
    return true;
  }

  private startsWith(text: string): boolean {
    if (text.length > this.length - this.rewritten.length) return false;
    let at = 0;
    for (let index = this.rewritten.pieces; at < text.length; index++) {
      const piece = this.pieces[index] ?? '';
      const rest = text.length - at;
      const isSame =
        piece.length <= rest ? text.startsWith(piece, at) : piece.startsWith(text.slice(at));
      if (!isSame) return false;
      at += piece.length;
    }
    return true;
  }

  private endsWith(text: string): boolean {
    if (text.length > this.length - this.rewritten.length) return false;
    let end = text.length;
    for (let index = this.pieces.length - 1; end > 0; index--) {
      const piece = this.pieces[index] ?? '';
      const isSame =
        piece.length <= end ? text.endsWith(piece, end) : piece.endsWith(text.slice(0, end));
      if (!isSame) return false;
      end -= piece.length;
    }
    return true;
  }
}

const maxLoose = 256;
