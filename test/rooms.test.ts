import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** The rooms of a house from the ground up: each imports itself and what is below it. `.` is its roof. */
const houses: Record<string, string[]> = {
  provider: ['client', 'agent', 'message', 'answer/json', 'answer', 'task', '.', 'litellm'],
  settlement: ['state', 'outcome', 'plan', 'options', 'hold', 'recovery', 'settle', '.'],
};

it.each(Object.entries(houses))('src/%s imports downwards only', (house, rooms) => {
  const root = join(source, house);
  const upwards: string[] = [];
  const files = globSync('**/*.ts', { cwd: root });
  for (const file of files) {
    const floor = rooms.indexOf(dirname(file));
    expect(floor, `${file} stands in a room that is not listed`).not.toBe(-1);
    for (const [, specifier = ''] of readFileSync(join(root, file), 'utf8').matchAll(
      / from '(\.[^']+)'/g,
    )) {
      const target = relative(root, normalize(join(root, dirname(file), specifier)));
      if (target.startsWith(`..${sep}`)) continue;
      if (rooms.indexOf(dirname(target)) > floor) upwards.push(`${file} → ${target}`);
    }
  }
  expect(upwards).toEqual([]);
});
