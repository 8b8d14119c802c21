import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { breakages, type Breakage } from './breakages';

// Breaks a copy of the source in one way after the other, and shows which tests notice.
// By hand: npx tsx test/model/teeth.ts [parts of names…]
const runs = process.env['MODEL_RUNS'] ?? '1500';
const seed = process.env['MODEL_SEED'] ?? `${Date.now() % 2 ** 31}`;
const atOnce = 3;

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'settlement-teeth-'));
const original = join(folder, 'original');
// A snapshot: nobody's edits may get in between.
for (const path of ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
  await cp(join(root, path), join(original, path), { recursive: true });
}

/** The suites, each with what it is asked to run. */
const suites = {
  model: ['test/model'],
  settlement: ['test/settlement'],
  rails: ['test/rails'],
  // Slow, so only for what has escaped the others.
  crash: ['test/crash'],
};
type Verdict = 'caught' | 'no' | 'not run' | 'does not apply';
type Row = Record<keyof typeof suites, Verdict>;

try {
  console.log(`MODEL_RUNS=${runs} MODEL_SEED=${seed}`);
  console.log('| broken | model | settlement | rails | kill -9 |');
  const sound = await bite({ name: 'nothing', patches: [] });
  print('(nothing broken)', sound);
  if (Object.values(sound).includes('caught'))
    throw new Error('The unbroken source fails already.');

  const wanted = process.argv.slice(2);
  const queue = breakages.filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
  const total = queue.length;
  let caught = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const row = await bite(next);
        if (Object.values(row).includes('caught')) caught++;
        print(next.name, row);
      }
    }),
  );
  console.log(`${caught} of ${total} breakages caught`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function bite({ patches }: Breakage): Promise<Row> {
  const copy = await mkdtemp(join(folder, 'broken-'));
  await cp(original, copy, { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const [file, find, put] of patches) {
    if (!(await patch(join(copy, file), find, put))) return same('does not apply');
  }
  // The first counterexample is enough: making it small takes longer than finding it.
  await patch(
    join(copy, 'test/model/settlement.test.ts'),
    'numRuns,\n      seed,',
    'numRuns, seed, endOnFailure: true,',
  );
  const row: Row = {
    model: await run(copy, suites.model),
    settlement: await run(copy, suites.settlement),
    rails: await run(copy, suites.rails),
    crash: 'not run',
  };
  if (!Object.values(row).includes('caught')) row.crash = await run(copy, suites.crash);
  await rm(copy, { recursive: true, force: true });
  return row;
}

function same(verdict: Verdict): Row {
  return { model: verdict, settlement: verdict, rails: verdict, crash: verdict };
}

async function patch(file: string, find: string, put: string): Promise<boolean> {
  const text = await readFile(file, 'utf8');
  if (text.split(find).length !== 2) return false;
  await writeFile(
    file,
    text.replace(find, () => put),
  );
  return true;
}

async function run(cwd: string, tests: string[]): Promise<Verdict> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...tests], {
    cwd,
    env: { ...process.env, MODEL_RUNS: runs, MODEL_SEED: seed },
    stdio: 'ignore',
  });
  const [code] = await once(child, 'close');
  return code === 0 ? 'no' : 'caught';
}

function print(name: string, { model, settlement, rails, crash }: Row): void {
  console.log(`| ${name} | ${model} | ${settlement} | ${rails} | ${crash} |`);
}
