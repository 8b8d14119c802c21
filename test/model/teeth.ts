import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Breakage } from './breakage';
import { breakages } from './breakages';

// Breaks a copy of the source in one way after the other, and shows which tests notice.
// By hand: npx tsx test/model/teeth.ts [parts of names…]
const runs = process.env['MODEL_RUNS'] ?? '1500';
const seed = process.env['MODEL_SEED'] ?? '1,2,3';
const atOnce = Math.max(2, availableParallelism());

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'settlement-teeth-'));
const original = join(folder, 'original');
// A snapshot: nobody's edits may get in between.
for (const path of ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
  await cp(join(root, path), join(original, path), { recursive: true });
}

/** All that is about money. */
const suites = {
  model: [
    'test/model/first-half.test.ts',
    'test/model/second-half.test.ts',
    'test/model/capturing/first-half.test.ts',
    'test/model/capturing/second-half.test.ts',
  ],
  'unit tests': ['test/settlement', 'test/rails', 'test/stores/memory-storage.test.ts'],
  'whole calls': [
    'test/provider/sealed-conversations.test.ts',
    'test/e2e/consumers.test.ts',
    'test/e2e/exchange-down.test.ts',
    'test/e2e/matrix.test.ts',
    'test/e2e/push-notification.test.ts',
    'test/e2e/wait-until.test.ts',
  ],
};
/** What noticed. */
type Verdict = string;
const survived = new Set<Verdict>(['not caught', 'does not apply']);

try {
  console.log(`MODEL_RUNS=${runs} MODEL_SEED=${seed}`);
  const wanted = process.argv.slice(2);
  const queue = breakages.filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
  const total = queue.length;
  // Tests that fail on the unbroken source would catch anything.
  const nothing: Breakage = { name: 'nothing', patches: [] };
  if (wanted.length === 0) queue.unshift(nothing);
  console.log('| broken | caught by |\n|---|---|');

  let caught = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const verdict = await bite(next);
        if (next === nothing) {
          if (verdict === 'not caught') continue;
          throw new Error(`The unbroken source fails already: ${verdict}.`);
        }
        if (!survived.has(verdict)) caught++;
        console.log(`| ${next.name} | ${verdict} |`);
      }
    }),
  );
  console.log(`${caught} of ${total} breakages caught`);
  if (caught < total) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function bite({ patches, tests }: Breakage): Promise<Verdict> {
  const copy = await mkdtemp(join(folder, 'broken-'));
  try {
    await cp(original, copy, { recursive: true });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [file, find, put] of patches) {
      if (!(await patch(join(copy, file), find, put))) return 'does not apply';
    }
    // Whoever is known to notice is asked first.
    if (tests !== undefined && !(await passes(copy, tests))) return tests.join(', ');
    for (const [suite, files] of Object.entries(suites)) {
      if (!(await passes(copy, files))) return suite;
    }
    return 'not caught';
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
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
  const arguments_ = [vitest, 'run', '--mode=all', '--bail=1', '--maxWorkers=1', ...tests];
  const child = spawn(process.execPath, arguments_, {
    cwd,
    // The first counterexample is enough: making it small takes longer than finding it.
    env: { ...process.env, MODEL_RUNS: runs, MODEL_SEED: seed, MODEL_SHRINKS: '0' },
    stdio: 'ignore',
  });
  const [code] = await once(child, 'close');
  return code === 0;
}
