/** Looks now and then whether another machine has canceled a task, and cancels it here then, once. */
export function watchForCancel({
  everyMs,
  isCanceled,
  cancel,
}: {
  everyMs: number;
  /** Never throws. */
  isCanceled: () => Promise<boolean>;
  cancel: () => Promise<void>;
}): { stop: () => void } {
  let isLooking = false;
  const timer = setInterval(() => {
    // A storage that answers slowly is not asked twice at once.
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => (isLooking = false));
  }, everyMs);
  const stop = () => clearInterval(timer);
  return { stop };

  async function look(): Promise<void> {
    if (!(await isCanceled())) return;
    stop();
    // An executor that does not stop goes on unpaid.
    await cancel().catch(() => {});
  }
}
