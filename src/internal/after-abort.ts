/**
 * Calls back `graceMs` milliseconds after the signal is aborted, or immediately if `graceMs` is undefined.
 * The returned function cancels the callback.
 */
export function afterAbort(
  signal: AbortSignal | undefined,
  { graceMs = 0, callBack }: { graceMs?: number; callBack: () => void },
): () => void {
  if (signal === undefined) return () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => {
    if (graceMs > 0) timer = setTimeout(callBack, graceMs);
    else callBack();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
}
