import { afterAbort } from './after-abort';

/**
 * Waits for something that may know nothing of the signal: a person, a model that ignores it. It has
 * `graceMs` milliseconds after an abort to end by itself.
 *
 * @throws the signal's reason.
 */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  answer: PromiseLike<T>,
  { graceMs = 0 }: { graceMs?: number } = {},
): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = afterAbort(signal, { graceMs, callBack: () => reject(signal?.reason) });
  });
  try {
    return await Promise.race([aborted, answer]);
  } finally {
    stop();
  }
}
