import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as z from 'zod/v4';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().default(''),
      integrity: z.string().optional(),
      resolved: z.string().optional(),
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
    }),
  ),
});
const locks = ['package-lock.json', 'site/package-lock.json'].map((path) =>
  lockSchema.parse(JSON.parse(read(path))),
);
const entries = locks
  .flatMap(({ packages }) => Object.entries(packages))
  .filter(([path]) => path !== '');
const unchecked = entries.filter(([, { integrity }]) => integrity === undefined);

it('has an integrity for every package, but for those that CONTRIBUTING.md lists', () => {
  expect(entries.length).toBeGreaterThan(100);
  const names = unchecked.map(
    ([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`,
  );
  expect(names.toSorted()).toEqual(listed().toSorted());
});

it('lacks the integrity of optional tools only, not of what the package depends on', () => {
  expect(unchecked.filter(([, { dev, optional }]) => !dev || !optional)).toEqual([]);
});

it('names no registry', () => {
  expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

/** The rows of the table: `| \`@scope/name-…\` | version | endings |`. */
function listed(): string[] {
  const rows = read('CONTRIBUTING.md').matchAll(/^\| `(.+)…`.*? \| (\S+) +\| (.+?) +\|$/gm);
  return [...rows].flatMap(([, name = '', version = '', endings = '']) =>
    endings.split(', ').map((ending) => `${name}${ending}@${version}`),
  );
}
