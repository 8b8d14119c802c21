/** What each way returned, by its name, in the order of its runs. */
export type Measured<NAME extends string> = Record<NAME, number[]>;

/**
 * Measures some ways to do one thing, in turn, so that whatever else the machine does meets all of them
 * alike. Each way returns its own measure: milliseconds, or microseconds of CPU.
 */
export async function inTurn<NAME extends string>(
  ways: Record<NAME, () => Promise<number>>,
  /** How often each is measured, after some runs that do not count. */
  { runs, warmup = 2 }: { runs: number; warmup?: number },
): Promise<Measured<NAME>> {
  const names = Object.keys(ways) as NAME[];
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Measured<NAME>;
  for (let run = -warmup; run < runs; run++) {
    for (const name of names) {
      const one = await ways[name]();
      if (run >= 0) measured[name].push(one);
    }
  }
  return measured;
}

export function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** The median of the ratios of single runs: the noise of a run is in both of its measures. */
export function ratio(measured: number[], base: number[]): number {
  return median(measured.map((one, at) => one / (base[at] ?? Number.NaN)));
}

/** Microseconds of CPU of this process, all threads. */
export async function cpuOf(work: () => PromiseLike<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { system, user } = process.cpuUsage(before);
  return system + user;
}

/** Milliseconds. */
export async function timeOf(work: () => PromiseLike<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}
