// What the package adds to the first load of an application that has `ai` already: `npm run check:package`.
// `tsx test/package/check-first-load.ts --inputs` also prints what it is made of.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { addedBy, targets, type Target } from './first-load';

/**
 * In kB (1000 bytes), minified and gzipped. `limit` is what is enforced: what was measured last, with
 * half a kB to spare. `target` is what it is to become.
 */
const budgets: { entry: string; names: string[]; limit: number; target: number }[] = [
  { entry: 'index.js', names: ['a2a'], limit: 36.7, target: 35 },
  { entry: 'index.js', names: ['a2a', 'settlementMiddleware'], limit: 73.9, target: 60 },
  { entry: 'index.js', names: ['SettlementError'], limit: 4.9, target: 3 },
];

const showsInputs = process.argv.includes('--inputs');
const over: string[] = [];

console.log('Added to the first load of an application with `ai`, kB gzipped:');
for (const { entry, names, limit, target: aim } of budgets) {
  const added = await Promise.all(
    (Object.keys(targets) as Target[]).map(async (target) => {
      const load = await addedBy({ entry, names }, target);
      return { target, ...load };
    }),
  );
  const what = `{ ${names.join(', ')} } of ${entry}`;
  const figures = added.map(({ target, gzipped }) => `${target} ${inKilobytes(gzipped)}`);
  console.log(`  ${what}: ${figures.join(', ')} (limit ${limit}, target ${aim})`);
  if (added.some(({ gzipped }) => gzipped > limit * 1000)) over.push(what);
  if (!showsInputs) continue;
  const heaviest = [...(added[0]?.inputs ?? [])].sort(([, a], [, b]) => b - a);
  for (const [input, bytes] of heaviest.slice(0, 20)) console.log(`    ${bytes} ${input}`);
}

console.log(`Import of dist/index.js after \`ai\`, cold: ${importMs()} ms (not enforced)`);

if (over.length > 0) {
  console.error(`Over the limit: ${over.join('; ')}`);
  process.exitCode = 1;
}

function inKilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}

/** Milliseconds, the median of new processes. */
function importMs(): string {
  const script = `
    await import('ai');
    const startedAt = performance.now();
    await import('./dist/index.js');
    console.log(performance.now() - startedAt);
  `;
  const runs = Array.from({ length: 9 }, () =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
      }),
    ),
  ).sort((a, b) => a - b);
  return (runs[4] ?? Number.NaN).toFixed(1);
}
