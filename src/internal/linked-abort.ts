/** A controller that also ends with the caller's signal, without `AbortSignal.any`, which edge runtimes lack. */
export function linkedAbort(signal: AbortSignal | undefined): {
  abort: AbortController;
  unlink: () => void;
} {
  const abort = new AbortController();
  const onAbort = () => abort.abort(signal?.reason);
  // It may have been aborted since the call began.
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return { abort, unlink: () => signal?.removeEventListener('abort', onAbort) };
}
