/** Milliseconds for which a payment waits for its journal. */
const patienceMs = 1000;

/** A journal that fails, or never answers, must not keep a payment from being settled. */
export async function patiently(writing: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  try {
    await Promise.race([writing, timeout]);
  } catch {
    // What it does not remember, the ledger does.
  } finally {
    clearTimeout(timer);
  }
}
