import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { breakages } from './breakages';

const root = new URL('../../', import.meta.url);

test.each(breakages)('$name: what it breaks is there, once', async ({ patches, tests = [] }) => {
  for (const [file, find] of patches) {
    const source = await readFile(new URL(file, root), 'utf8');
    expect(source.split(find).length - 1, `${find} in ${file}`).toBe(1);
  }
  for (const file of tests) await readFile(new URL(file, root));
});

test('each has a name of its own', () => {
  const names = breakages.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
