import { beatMs } from './sale-records';

/**
 * While an agent works, checks at an interval whether another machine has canceled the task, cancels it here
 * once if so, and marks the turn as running.
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
    // A slow storage must not cause overlapping checks.
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
    // An executor that does not stop continues unpaid.
    await cancel().catch(() => {});
  }
}
