import { beatMs } from './sale-records';

/**
 * Looks now and then, while an agent works, whether another machine has canceled the task, and cancels it
 * here then, once; and says that the work goes on.
 */
export function watchWork({
  beat,
  cancel,
  everyMs,
  isCanceled,
}: {
  everyMs: number;
  /** Never throws. */
  isCanceled: () => Promise<boolean>;
  cancel: () => Promise<void>;
  /** Never throws. */
  beat: () => Promise<void>;
}): { stop: () => void } {
  let isLooking = false;
  const looks = setInterval(() => {
    // A storage that answers slowly is not asked twice at once.
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => (isLooking = false));
  }, everyMs);
  const beats = setInterval(() => void beat(), beatMs);
  return {
    stop() {
      clearInterval(looks);
      clearInterval(beats);
    },
  };

  async function look(): Promise<void> {
    if (!(await isCanceled())) return;
    clearInterval(looks);
    // An executor that does not stop goes on unpaid.
    await cancel().catch(() => {});
  }
}
