import type { CliContext } from './cli-context';
import { apiKey } from './connect-to-exchange';

export function printJson({ stdout }: CliContext, value: unknown): void {
  stdout.write(`${toJsonText(value)}\n`);
}

/** JSON whose text cannot control the terminal either. `JSON.stringify` escapes only some of these characters. */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
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

/** Removes control characters: a response must not control the terminal, break lines, or reverse what is read. */
export function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]+/gu, ' ');
}

/** Removes API keys: the account's own ones, and those that were given in a wrong place. */
export function withoutKeys(text: string, context: CliContext): string {
  return [apiKey(context), context.env.NVM_API_KEY]
    .filter((key) => key !== undefined && key !== '')
    .reduce<string>((shown, key = '') => shown.replaceAll(key, '***'), text)
    .replace(/\bate_\w+/g, 'ate_***');
}
