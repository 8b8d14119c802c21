import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addedBy, type FirstLoad, sourcesOf, type Target, targets } from './first-load';

const repository = fileURLToPath(new URL('../..', import.meta.url));
/** Not `dist`, which another test or a person may be writing. */
const folder = 'test/package/.built';

beforeAll(async () => {
  const tsdown = fileURLToPath(new URL('node_modules/tsdown/dist/run.mjs', `file://${repository}`));
  await promisify(execFile)(
    process.execPath,
    [tsdown, '--no-dts', '--filter', 'library', '--out-dir', folder],
    { cwd: repository },
  );
});

afterAll(() => rm(fileURLToPath(new URL(folder, `file://${repository}`)), { recursive: true }));

const packagesOf = ({ inputs }: FirstLoad) => [
  ...new Set(
    [...inputs.keys()].flatMap(
      (input) => /node_modules\/((?:@[^/]+\/)?[\w-][^/]*)/.exec(input)?.[1] ?? [],
    ),
  ),
];

describe.each(Object.keys(targets) as Target[])('the first load for %s', (target) => {
  it('of the provider has nothing of settlement, and nothing that only some agents need', async () => {
    const load = await addedBy({ folder, entry: 'index.js', names: ['a2a'] }, target);
    const sources = sourcesOf(load);
    expect(sources).toContain('src/provider/a2a-language-model.ts');
    expect(sources.filter((source) => isOf(source, ['settlement', 'agent', 'sandbox']))).toEqual(
      [],
    );
    expect(sources.filter((source) => onlyForSome.includes(source))).toEqual([]);
    expect(packagesOf(load)).not.toEqual(expect.arrayContaining(['jose']));
    expect(packagesOf(load)).not.toEqual(expect.arrayContaining(['@a2a-js/sdk']));
  });

  it('of the settlement has no model of the provider, and no second fetch', async () => {
    const names = ['settlementMiddleware'];
    const load = await addedBy({ folder, entry: 'index.js', names }, target);
    const sources = sourcesOf(load);
    expect(sources).toContain('src/settlement/settle/settlement-middleware.ts');
    expect(sources).not.toContain('src/provider/a2a-language-model.ts');
    expect(sources).not.toContain('src/provider/client/http-client.ts');
    expect(sources.filter((source) => onlyForSome.includes(source))).toEqual([]);
    expect(packagesOf(load)).not.toEqual(expect.arrayContaining(['node-fetch-native']));
  });

  it('of an error class has neither', async () => {
    const load = await addedBy({ folder, entry: 'index.js', names: ['SettlementError'] }, target);
    const sources = sourcesOf(load);
    expect(sources).toContain('src/rails/settlement-error.ts');
    expect(sources.filter((source) => isOf(source, ['settlement']))).toEqual([]);
    // Errors of agents are shared with what is loaded on demand.
    expect(sources.filter((source) => isOf(source, ['provider']))).toEqual(
      expect.not.arrayContaining(['src/provider/a2a-language-model.ts']),
    );
  });
});

/** What some calls do not need: those that are not settled, those that have the card, and so on. */
const onlyForSome = [
  'src/provider/agent/auth-credentials.ts',
  'src/provider/agent/auth-tokens.ts',
  'src/provider/agent/parse-agent-card.ts',
  'src/provider/agent/replica-set.ts',
  'src/provider/agent/verify-card-signature.ts',
  'src/provider/answer/json/json-reading.ts',
  'src/provider/litellm/create-litellm.ts',
  'src/rails/exchange/exchange-escrows.ts',
  'src/rails/exchange/exchange-request.ts',
  'src/settlement/plan/spending-limits.ts',
  'src/settlement/recovery/reconcile.ts',
  'src/settlement/recovery/settle-task.ts',
  'src/settlement/settle/settled-generations.ts',
  'src/settlement/settling.ts',
];

function isOf(source: string, rooms: string[]): boolean {
  return rooms.some((room) => source.startsWith(`src/${room}/`));
}
