import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { replaceTable } from './render-table';

export const page = new URL('../../docs/agents.md', import.meta.url);

/** The page has the table, or is given it where `UPDATE_DOCS` is set. */
export function expectOnPage(name: string, table: string): void {
  const before = readFileSync(page, 'utf8');
  const after = replaceTable(before, name, table);
  if (process.env['UPDATE_DOCS'] === undefined) expect(after).toBe(before);
  else writeFileSync(page, after);
}
