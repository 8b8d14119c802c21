/**
 * CPU of a cold import after `ai`, each in a process of its own: this package as it is built, and the A2A SDK's
 * client alone.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { figure, times } from './figure';
import { inTurn, median, ratio } from './in-turn';

const runs = Number(process.env['RUNS'] ?? 15);
const repository = fileURLToPath(new URL('..', import.meta.url));
const node = (...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: repository, encoding: 'utf8', stdio: 'pipe' });

const { sdk, own } = await inTurn(
  { sdk: () => importMs('@a2a-js/sdk/client'), own: () => importMs('./dist/index.js') },
  { runs, warmup: 1 },
);
figure({
  what: "cold import after `ai`, CPU, against the SDK's client alone",
  measured: `${median(own).toFixed(1)} ms, ${times(ratio(own, sdk))} (${median(sdk).toFixed(1)} ms)`,
  target: '≤ 20 ms',
});

/** Milliseconds. */
async function importMs(specifier: string): Promise<number> {
  const script = `
    await import('ai');
    const before = process.cpuUsage();
    await import(${JSON.stringify(specifier)});
    const { user, system } = process.cpuUsage(before);
    console.log((user + system) / 1000);
  `;
  return Number(node('--input-type=module', '--eval', script));
}
