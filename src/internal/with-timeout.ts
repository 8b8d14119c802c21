import { longestTimerMs } from './longest-timer';

/** Waits for a promise for at most `timeoutMs` milliseconds, then resolves to undefined. */
export async function waitAtMost<T>(
  promise: Promise<T>,
  timeoutMs: number,
): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.min(timeoutMs, longestTimerMs));
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws `late` if there is no answer within `timeoutMs` milliseconds. */
export async function withTimeout<T>(
  promise: Promise<T>,
  timeoutMs: number,
  late = () => new Error(`No answer within ${timeoutMs} ms.`),
): Promise<T> {
  const answer = await waitAtMost(
    promise.then((value) => ({ value })),
    timeoutMs,
  );
  if (answer === undefined) throw late();
  return answer.value;
}
