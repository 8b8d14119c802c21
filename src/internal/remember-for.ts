/** Asks at most once in so many milliseconds. Errors are not remembered. */
export function rememberFor<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let asked: { at: number; answer: Promise<T> } | undefined;
  return () => {
    const now = Date.now();
    if (asked === undefined || now - asked.at >= ms) {
      const answer = ask();
      const own = { at: now, answer };
      asked = own;
      answer.catch(() => {
        if (asked === own) asked = undefined;
      });
    }
    return asked.answer;
  };
}
