/** Waits for somebody who knows nothing of the signal, a person perhaps. Nobody hears him after an abort. */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  answer: Promise<T>,
): Promise<T> {
  if (signal === undefined) return answer;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([aborted, answer]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
