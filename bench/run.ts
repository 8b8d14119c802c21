/**
 * `npm run bench [names…]`: each file in a process of its own, one after the other, and all their figures in
 * one Markdown table. Names are those of the files below, without `.ts`.
 */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Figure, rowOf } from './figure';

const all = [
  'events',
  'older-provider',
  'stream-text',
  'calls',
  'settled-calls',
  'flatness',
  'reconcile',
  'sandbox',
  'import',
  'provider',
  'settlement',
  'agent',
];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0)
  throw new Error(`No such bench: ${unknown.join(', ')}. There are: ${all.join(', ')}.`);

// As it is published, see subject.ts.
const repository = fileURLToPath(new URL('..', import.meta.url));
execFileSync(process.execPath, ['node_modules/tsdown/dist/run.mjs'], {
  cwd: repository,
  stdio: ['ignore', 'ignore', 'inherit'],
});

const figures: Figure[] = [];
const failed: string[] = [];
const load = () => loadavg()[0]?.toFixed(1);
const loadBefore = load();
for (const name of all) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n${name}`);
  const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const child = fork(script, { execArgv: ['--import', 'tsx'] });
  child.on('message', (figure) => figures.push(figure as Figure));
  const [code, signal] = await once(child, 'close');
  if (code !== 0) failed.push(`${name} ended with ${code ?? signal}`);
}

console.log('\n| what | measured | target |\n|---|---|---|');
for (const figure of figures) console.log(rowOf(figure));
console.log(`\nNode ${process.version}, load ${loadBefore} before, ${load()} after.`);
for (const failure of failed) console.error(`FAILED: ${failure}`);
process.exitCode = failed.length === 0 ? 0 : 1;
