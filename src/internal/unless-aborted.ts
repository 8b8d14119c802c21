import { afterAbort } from './after-abort';

/**
 * Waits for an operation that may ignore the signal, for example a person's approval or another model. After
 * an abort, the operation has `graceMs` milliseconds to end by itself.
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
