import type { CliContext } from './cli-context';

export function printJson({ stdout }: CliContext, value: unknown): void {
  stdout.write(`${JSON.stringify(value)}\n`);
}

/** Prints labels and values in two columns. */
export function printFacts(context: CliContext, facts: Record<string, string | number>): void {
  printTable(
    context,
    Object.entries(facts).map(([label, value]) => [`${label}:`, String(value)]),
  );
}

/** Prints rows in columns as wide as their longest cell. */
export function printTable({ stdout }: CliContext, rows: string[][]): void {
  const clean = rows.map((row) => row.map(withoutControls));
  const width = (column: number) => Math.max(...clean.map((row) => row[column]?.length ?? 0));
  for (const row of clean) {
    stdout.write(
      `${row
        .map((cell, index) => cell.padEnd(width(index)))
        .join('  ')
        .trimEnd()}\n`,
    );
  }
}

/** Removes control characters: a response must not control the terminal or break lines. */
export function withoutControls(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
