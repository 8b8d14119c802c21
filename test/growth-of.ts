/**
 * How many times the work grows when its input grows four times: about 4 for linear work, 16 for
 * quadratic work.
 *
 * Only the shortest of many short runs count, so that neither other processes nor a garbage collection
 * in some of them do. Ends as soon as the growth is below `enough`; else looks again at larger inputs,
 * where what is bounded counts for less and quadratic work stays quadratic.
 *
 * @param prepare makes the work for an input of a size: a number of characters, or of events.
 */
export function growthOf(
  prepare: (size: number) => () => unknown,
  { size, enough }: { size: number; enough: number },
): number {
  let growth = Infinity;
  // On a busy machine a look may go wrong; quadratic work never looks linear.
  for (const factor of [1, 4, 1, 4, 1, 4, 1, 4]) {
    growth = Math.min(growth, growthAt(factor * size, prepare, enough));
    if (growth < enough) break;
  }
  return growth;
}

function growthAt(size: number, prepare: (size: number) => () => unknown, enough: number): number {
  const small = prepare(size);
  const large = prepare(4 * size);
  small();
  let times = 1;
  while (durationOf(small, times) < measurableMs && times < 10_000) times *= 4;
  let leastSmall = Infinity;
  let leastLarge = Infinity;
  // What takes long is measured well enough.
  const isDone = (round: number) =>
    leastLarge / leastSmall < enough || round >= (leastLarge > 20 ? 3 : 10);
  for (let round = 0; !isDone(round); round++) {
    leastSmall = Math.min(leastSmall, durationOf(small, times));
    leastLarge = Math.min(leastLarge, durationOf(large, times));
  }
  return leastLarge / leastSmall;
}

/** Less than this is lost in the resolution of the clock. */
const measurableMs = 0.05;

function durationOf(run: () => unknown, times: number): number {
  const start = performance.now();
  for (let time = 0; time < times; time++) run();
  return performance.now() - start;
}
