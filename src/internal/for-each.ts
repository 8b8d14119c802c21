/** In order, a few at once: six connections are the most that some runtimes have for one request. */
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
