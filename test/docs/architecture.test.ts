import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(repository, 'docs/architecture.md'), 'utf8');
const source = join(repository, 'src');

/** What all rooms may import, and so is not drawn. */
const everywhere = ['internal', 'version'];
/** Folders whose own folders are rooms of the picture. */
const houses = ['provider', 'settlement', 'rails'];

/** The room that a file of src is in: `provider/answer` also for what lies deeper. */
function roomOf(file: string): string {
  const [first = '', second, third] = relative(source, file).split(/[/\\]/);
  if (second === undefined) return first.replace(/\.ts$/, '');
  return houses.includes(first) && third !== undefined ? `${first}/${second}` : first;
}

/** Which room imports which. */
function importsOfRooms(): Map<string, Set<string>> {
  const imports = new Map<string, Set<string>>();
  for (const name of globSync('**/*.ts', { cwd: source })) {
    const file = join(source, name);
    const room = roomOf(file);
    if (everywhere.includes(room)) continue;
    const imported = imports.get(room) ?? new Set();
    imports.set(room, imported);
    const text = readFileSync(file, 'utf8');
    for (const [, specifier = ''] of text.matchAll(/(?:from |import\()\s*'(\.[^']+)'/g)) {
      const target = resolve(dirname(file), specifier);
      const isFile = globSync(`${target}.ts`).length > 0;
      const other = roomOf(isFile ? `${target}.ts` : join(target, 'index.ts'));
      if (other !== room && !everywhere.includes(other)) imported.add(other);
    }
  }
  return imports;
}

/** The arrows of the picture, by the names that its boxes show. */
function arrowsOfPicture(): Map<string, Set<string>> {
  const [, picture = ''] = /```mermaid\n([\s\S]*?)```/.exec(page) ?? [];
  const names = new Map<string, string>();
  for (const [, id = '', name = ''] of picture.matchAll(/^ *(\w+)\["([^"]+)"\]$/gm)) {
    names.set(id, name);
  }
  const arrows = new Map([...names.values()].map((name) => [name, new Set<string>()]));
  for (const [, from = '', targets = ''] of picture.matchAll(/^ *(\w+) --> (.+)$/gm)) {
    for (const to of targets.split(' & ')) {
      arrows.get(names.get(from) ?? '')?.add(names.get(to) ?? `${to} has no box`);
    }
  }
  return arrows;
}

function reachable(from: string, arrows: Map<string, Set<string>>): Set<string> {
  const seen = new Set<string>();
  const next = [from];
  for (let room = next.pop(); room !== undefined; room = next.pop()) {
    for (const other of arrows.get(room) ?? []) {
      if (seen.has(other)) continue;
      seen.add(other);
      next.push(other);
    }
  }
  return seen;
}

const imports = importsOfRooms();
const arrows = arrowsOfPicture();

it('the picture has each room of src', () => {
  expect([...arrows.keys()].sort()).toEqual([...imports.keys()].sort());
});

it('each arrow is an import, and each import goes along arrows', () => {
  const drawn = [...arrows].flatMap(([from, to]) => [...to].map((other) => `${from} → ${other}`));
  const real = [...imports].flatMap(([from, to]) => [...to].map((other) => `${from} → ${other}`));
  expect(drawn.filter((arrow) => !real.includes(arrow))).toEqual([]);
  const along = [...imports.keys()].flatMap((from) =>
    [...reachable(from, arrows)].map((other) => `${from} → ${other}`),
  );
  expect(real.filter((arrow) => !along.includes(arrow))).toEqual([]);
});

it('no arrows go in a circle', () => {
  expect([...arrows.keys()].filter((room) => reachable(room, arrows).has(room))).toEqual([]);
});

it('each room has its paragraph, and each file that is named is there', () => {
  for (const room of imports.keys()) {
    expect(page, `nothing is said of ${room}`).toContain(`**${room}**`);
  }
  const named = [...page.matchAll(/`((?:src|test|bench|examples)\/[\w./-]+\.tsx?)`/g)];
  expect(named.length).toBeGreaterThan(10);
  const missing = named.filter(([, path = '']) => globSync(path, { cwd: repository }).length === 0);
  expect(missing.map(([, path]) => path)).toEqual([]);
});
