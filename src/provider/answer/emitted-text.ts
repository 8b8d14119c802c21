/**
 * The emitted text of one key. Compared in pieces: joining the pieces for each comparison would take unbounded
 * time for an agent that sends small pieces and repeats itself.
 */
export class EmittedText {
  private readonly pieces: string[] = [];
  private length = 0;
  /** How many of the last pieces are not joined yet. */
  private loose = 0;
  /** Where the current text starts; the text before it has been replaced. */
  private rewritten = { pieces: 0, length: 0 };

  add(text: string): void {
    this.pieces.push(text);
    this.length += text.length;
    if (++this.loose === maxLoose) this.putTogether();
  }

  /** A million separate strings would take many times the memory. */
  private putTogether(): void {
    this.pieces.push(this.pieces.splice(-this.loose).join(''));
    this.loose = 0;
  }

  /** The next text replaces the current one. */
  rewrite(): void {
    this.loose = 0;
    this.rewritten = { pieces: this.pieces.length, length: this.length };
  }

  /** The part of a full text after the emitted text; undefined if it does not start with the emitted text. */
  beyond(whole: string): string | undefined {
    if (this.begins(whole, 0)) return whole.slice(this.length);
    const { pieces, length } = this.rewritten;
    if (this.begins(whole, pieces)) return whole.slice(this.length - length);
    return this.startsWith(whole) || this.endsWith(whole) ? '' : undefined;
  }

  /** Whether the text starts with the emitted text, from one piece on. */
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
