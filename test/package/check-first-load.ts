// What the package adds to the first load of an application that has `ai` already: `npm run check:package`.
// `tsx test/package/check-first-load.ts --inputs` also prints what it is made of.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { addedBy, targets, type Target } from './first-load';

/**
 * In kB (1000 bytes), minified and gzipped. `limit` is what is enforced: what was measured last, with half
 * a kB to spare, 2 % for entries that have no target. `target` is what it is to be.
 *
 * esbuild cuts `ai` into files for what is loaded on demand, also where no code that is left loads it:
 * most of what an error class adds is that.
 */
const budgets: { entry: string; names: string[]; limit: number; target?: number }[] = [
  { entry: 'index.js', names: ['a2a'], limit: 37.4, target: 35 },
  { entry: 'index.js', names: ['a2a', 'settlementMiddleware'], limit: 48.9, target: 60 },
  { entry: 'index.js', names: ['SettlementError'], limit: 4.4, target: 3 },
  { entry: 'index.js', names: ['getReceipt'], limit: 7.6 },
  {
    entry: 'agent/index.js',
    names: ['acceptExchange', 'acceptNevermined', 'acceptX402', 'createPaidAgent'],
    limit: 160.9,
  },
  { entry: 'rails/nevermined/index.js', names: ['nevermined'], limit: 16.2 },
  { entry: 'rails/x402/index.js', names: ['x402'], limit: 23.6 },
  { entry: 'stores/index.js', names: ['redisStorage'], limit: 1.9 },
  {
    entry: 'wallet/index.js',
    names: ['defineWalletElements', 'describeStep', 'findStep'],
    limit: 5.8,
  },
  { entry: 'tools/index.js', names: ['firstAccepted', 'paidAgentTool'], limit: 6.6 },
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
  console.log(
    `  ${what}: ${figures.join(', ')} (limit ${limit}${aim === undefined ? '' : `, target ${aim}`})`,
  );
  if (added.some(({ gzipped }) => gzipped > limit * 1000)) over.push(what);
  if (!showsInputs) continue;
  const heaviest = [...(added[0]?.inputs ?? [])].sort(([, a], [, b]) => b - a);
  for (const [input, bytes] of heaviest.slice(0, 20)) console.log(`    ${bytes} ${input}`);
}

console.log(`CPU of importing dist/index.js after \`ai\`, cold: ${importMs()} ms (not enforced)`);

if (over.length > 0) {
  console.error(`Over the limit: ${over.join('; ')}`);
  process.exitCode = 1;
}

function inKilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}

/** Milliseconds of the process, the median of new ones. */
function importMs(): string {
  const script = `
    await import('ai');
    const before = process.cpuUsage();
    await import('./dist/index.js');
    const { user, system } = process.cpuUsage(before);
    console.log((user + system) / 1000);
  `;
  const runs = Array.from({ length: 15 }, () =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
      }),
    ),
  ).sort((a, b) => a - b);
  return (runs[7] ?? Number.NaN).toFixed(1);
}
