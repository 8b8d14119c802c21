/** One line of the table that `npm run bench` prints. */
export interface Figure {
  what: string;
  measured: string;
  /** What issue or design ask for. */
  target?: string;
}

/** Prints a figure, and sends it to `bench/run.ts` if that has started this process. */
export function figure(given: Figure): void {
  console.log(rowOf(given));
  process.send?.(given);
}

export function rowOf({ what, measured, target = 'reported' }: Figure): string {
  return `| ${what} | ${measured} | ${target} |`;
}

export const times = (ratio: number) => `×${ratio.toFixed(2)}`;
