/** The value of JSON; other text as it is. Null if there is none. */
export function readJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return text;
  }
}
