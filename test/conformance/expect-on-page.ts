import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { replaceTable } from './render-table';

export const page = new URL('../../docs/agents.md', import.meta.url);

/** The page has the table, or is given it where `UPDATE_DOCS` is set. */
export function expectOnPage(name: string, table: string, file = page): void {
  const before = readFileSync(file, 'utf8');
  const after = replaceTable(before, name, table);
  if (process.env['UPDATE_DOCS'] === undefined) expect(after).toBe(before);
  else writeFileSync(file, after);
}
