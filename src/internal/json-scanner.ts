/** Finds the end of a JSON object or array in a text that arrives in chunks. */
export class JsonScanner {
  private depth = 0;
  private isInString = false;
  private isEscaped = false;

  /** The number of characters of this chunk that belong to the value; undefined if the value continues. */
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
