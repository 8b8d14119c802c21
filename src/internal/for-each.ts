/** Starts in order, a few at once. Some runtimes allow at most six open connections for one request. */
export async function forEach<ITEM>(
  items: ITEM[],
  work: (item: ITEM) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: 6 }, worker));
}
