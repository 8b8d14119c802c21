/** A controller that also follows the caller's signal. Some edge runtimes do not have `AbortSignal.any`. */
export function linkedAbort(signal: AbortSignal | undefined): {
  abort: AbortController;
  unlink: () => void;
} {
  const abort = new AbortController();
  const onAbort = () => abort.abort(signal?.reason);
  // The signal may already be aborted.
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return { abort, unlink: () => signal?.removeEventListener('abort', onAbort) };
}
