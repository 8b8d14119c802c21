import { Bench } from 'tinybench';

/**
 * Times some ways to do one thing, in turn, and prints each median and its ratio to the first.
 * Machines are noisy: the ratios of one run say more than its times.
 */
export async function compare(
  title: string,
  ways: Record<string, () => Promise<void>>,
  /** How often each is timed in a round, at least. */
  { iterations = 64 } = {},
) {
  const rounds = 5;
  const medians = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    const bench = new Bench({
      time: 400,
      iterations,
      warmupTime: 100,
      warmupIterations: Math.min(16, iterations),
      throws: true,
    });
    for (const [name, way] of Object.entries(ways)) bench.add(name, way);
    await bench.run();
    for (const { name, result } of bench.tasks) {
      if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`);
      medians.set(name, [...(medians.get(name) ?? []), result.latency.p50]);
    }
  }
  console.log(`\n${title}`);
  const [base = []] = medians.values();
  for (const [name, times] of medians) {
    const ratio = middle(times.map((time, round) => time / (base[round] ?? time)));
    console.log(
      `  ${name.padEnd(44)} ${middle(times).toFixed(3).padStart(9)} ms   ×${ratio.toFixed(2)}`,
    );
  }
}

function middle(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
