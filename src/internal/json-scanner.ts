/** Finds where a JSON object or list ends, in a text that comes in pieces. */
export class JsonScanner {
  private depth = 0;
  private isInString = false;
  private isEscaped = false;

  /** How much of this piece belongs to the value; undefined when the value goes on after it. */
  feed(text: string): number | undefined {
    for (let index = 0; index < text.length; index++) {
      const char = text[index];
      if (this.isEscaped) this.isEscaped = false;
      else if (this.isInString) {
        if (char === '\\') this.isEscaped = true;
        else if (char === '"') this.isInString = false;
      } else if (char === '"') this.isInString = true;
      else if (char === '{' || char === '[') this.depth++;
      else if ((char === '}' || char === ']') && --this.depth === 0) return index + 1;
    }
    return undefined;
  }
}
