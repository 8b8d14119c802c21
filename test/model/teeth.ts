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

/** The suites, the quickest first. */
const suites = {
  model: ['test/model'],
  'unit tests': ['test/settlement', 'test/rails'],
  'kill -9': ['--mode', 'deep', 'test/crash'],
};
/** The first suite that noticed. */
type Verdict = keyof typeof suites | 'not caught' | 'does not apply';

try {
  console.log(`MODEL_RUNS=${runs} MODEL_SEED=${seed}`);
  const sound = await bite({ name: 'nothing', patches: [] });
  if (sound !== 'not caught') throw new Error(`The unbroken source fails already: ${sound}.`);
  console.log('| broken | caught by |\n|---|---|');

  const wanted = process.argv.slice(2);
  const queue = breakages.filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
  const total = queue.length;
  let caught = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const verdict = await bite(next);
        if (verdict in suites) caught++;
        console.log(`| ${next.name} | ${verdict} |`);
      }
    }),
  );
  console.log(`${caught} of ${total} breakages caught`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function bite({ patches }: Breakage): Promise<Verdict> {
  const copy = await mkdtemp(join(folder, 'broken-'));
  try {
    await cp(original, copy, { recursive: true });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [file, find, put] of patches) {
      if (!(await patch(join(copy, file), find, put))) return 'does not apply';
    }
    // The first counterexample is enough: making it small takes longer than finding it.
    const model = join(copy, 'test/model/settlement.test.ts');
    await patch(model, 'numRuns,\n      seed,', 'numRuns, seed, endOnFailure: true,');
    for (const [suite, tests] of Object.entries(suites)) {
      if (!(await passes(copy, tests)) && isSuite(suite)) return suite;
    }
    return 'not caught';
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

function isSuite(name: string): name is keyof typeof suites {
  return name in suites;
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

async function passes(cwd: string, tests: string[]): Promise<boolean> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...tests], {
    cwd,
    env: { ...process.env, MODEL_RUNS: runs, MODEL_SEED: seed },
    stdio: 'ignore',
  });
  const [code] = await once(child, 'close');
  return code === 0;
}
