import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod/v4';

const repository = fileURLToPath(new URL('..', import.meta.url));

const arrows: Array<{ from: string; forbidden: string[]; allowed: string[] }> = [
  {
    from: 'src/index.ts',
    forbidden: [
      'ai-sdk-a2a-settlement/sandbox',
      './agent',
      './agent/verify-escrow',
      './recording',
      './recording/replay',
      './sandbox',
      './sandbox/create-sandbox',
      './stores',
      './stores/redis-storage',
      './tools',
      './tools/first-accepted',
      './wallet',
      './cli/run-cli',
      './rails/nevermined/nevermined-rail',
      './rails/x402/schemas',
      '../test/peers/peer',
    ],
    allowed: [
      './internal/atomic-storage',
      './provider/a2a-provider',
      './settlement/create-settlement',
      './rails/rail',
      './rails/exchange/exchange-rail',
      './version',
      '@ai-sdk/provider',
    ],
  },
  { from: 'src/version.ts', forbidden: ['.', './index', './rails/rail'], allowed: [] },
  {
    from: 'src/provider/planted.ts',
    forbidden: [
      'ai-sdk-a2a-settlement/sandbox',
      '..',
      '../index',
      '../settlement/create-settlement',
      '../rails/rail',
      '../rails/exchange/schemas',
      '../agent',
      '../sandbox',
      '../cli/run-cli',
      './../rails/rail',
      './deep/../../rails/rail',
    ],
    allowed: [
      './prepare-call',
      './deep/down',
      '../version',
      '../internal/log-warnings-on-edge',
      '@a2a-js/sdk/client',
      'zod/v4',
    ],
  },
  {
    from: 'src/provider/client/planted.ts',
    forbidden: [
      'ai-sdk-a2a-settlement/sandbox',
      '../../index',
      '../../settlement/create-settlement',
      '../../rails/rail',
      '../../agent',
      '../../sandbox',
      '../../cli/run-cli',
      '../client/../../rails/rail',
    ],
    allowed: [
      './read-event',
      '../client/a2a-error',
      '../../version',
      '../../internal/log-warnings-on-edge',
      'zod/v4',
    ],
  },
  {
    from: 'src/settlement/planted.ts',
    forbidden: [
      'ai-sdk-a2a-settlement/sandbox',
      '../index',
      '../provider/a2a-provider',
      '../rails/settlement-error',
      '../rails/exchange/exchange-rail',
      '../rails/exchange/schemas',
      '../agent',
      '../sandbox',
      '../stores/redis-storage',
      '../cli/run-cli',
      './../provider/a2a-provider',
    ],
    allowed: [
      './state/settlement-state',
      '../internal/atomic-storage',
      '../rails/rail',
      '../internal/log-warnings-on-edge',
      '@ai-sdk/provider',
    ],
  },
  {
    from: 'src/settlement/hold/planted.ts',
    forbidden: [
      'ai-sdk-a2a-settlement/sandbox',
      '../../index',
      '../../provider/a2a-provider',
      '../../rails/settlement-error',
      '../../rails/exchange/exchange-rail',
      '../../agent',
      '../../sandbox',
      '../../stores/redis-storage',
      '../../cli/run-cli',
      '../state/../../provider/a2a-provider',
    ],
    allowed: [
      './active-hold',
      '../state/settlement-state',
      '../../internal/memory-storage',
      '../../rails/rail',
      '../../internal/log-warnings-on-edge',
    ],
  },
  {
    from: 'src/rails/planted.ts',
    forbidden: [
      '../provider/a2a-provider',
      '../settlement/create-settlement',
      './exchange/schemas',
    ],
    allowed: ['./settlement-error', '../internal/decimal'],
  },
  {
    from: 'src/rails/exchange/planted.ts',
    forbidden: [
      'ai-sdk-a2a-settlement/sandbox',
      '../../index',
      '../../provider/a2a-provider',
      '../../settlement/create-settlement',
      '../../agent',
      '../../sandbox',
      '../../cli/run-cli',
      '../x402/schemas',
    ],
    allowed: ['./schemas', '../rail', '../settlement-error', '../../internal/decimal', 'ofetch'],
  },
  {
    from: 'src/rails/x402/planted.ts',
    forbidden: ['../exchange/schemas', '../../provider/a2a-provider'],
    allowed: ['../rail', '../../internal/decimal'],
  },
  {
    from: 'src/internal/planted.ts',
    forbidden: [
      'ai-sdk-a2a-settlement/stores',
      '../index',
      '../provider/a2a-provider',
      '../settlement/create-settlement',
      '../rails/rail',
      '../stores/redis-storage',
    ],
    allowed: ['./atomic-storage', './log-warnings-on-edge', '@ai-sdk/provider'],
  },
  {
    from: 'src/stores/planted.ts',
    forbidden: [
      'ai-sdk-a2a-settlement',
      '../index',
      '../provider/a2a-provider',
      '../settlement/create-settlement',
      '../settlement/state/journal-storage',
      '../settlement/state/receipt-recorder',
      '../rails/rail',
      '../rails/exchange/schemas',
      '../agent',
      '../sandbox',
      '../cli/run-cli',
    ],
    allowed: [
      './redis-storage',
      '../internal/atomic-storage',
      '../settlement/state/settlement-record',
      '@ai-sdk/provider',
      'zod/v4',
    ],
  },
  {
    from: 'src/wallet/planted.ts',
    forbidden: [
      'ai-sdk-a2a-settlement',
      '../index',
      '../provider/a2a-provider',
      '../settlement/create-settlement',
      '../settlement/recovery/reconcile',
      '../rails/exchange/exchange-rail',
      '../stores/redis-storage',
      '../agent',
      '../sandbox',
      '../cli/run-cli',
    ],
    allowed: ['./html', '../internal/decimal', '../settlement/state/settlement-record'],
  },
  {
    from: 'src/tools/planted.ts',
    forbidden: [
      'ai-sdk-a2a-settlement',
      '../index',
      '../provider/a2a-provider',
      '../settlement/create-settlement',
      '../settlement/state/settlement-receipt',
      '../rails/rail',
      '../stores/redis-storage',
      '../agent',
      '../sandbox',
      '../cli/run-cli',
    ],
    allowed: ['./first-accepted', '../internal/call-watch', '@ai-sdk/provider', 'ai', 'zod/v4'],
  },
  {
    from: 'src/agent/planted.ts',
    forbidden: [
      'ai-sdk-a2a-settlement/sandbox',
      '../index',
      '../provider/a2a-provider',
      '../settlement/create-settlement',
      '../rails/settlement-error',
      '../rails/exchange/exchange-client',
      '../sandbox',
      '../stores',
      '../cli/run-cli',
    ],
    allowed: [
      './read-json',
      '../internal/atomic-storage',
      '../rails/rail',
      '../rails/exchange/schemas',
      '../rails/x402/schemas',
    ],
  },
  {
    from: 'src/agent/model/planted.ts',
    forbidden: [
      'ai-sdk-a2a-settlement/sandbox',
      '..',
      '../index',
      '../payment/accepted-payment',
      '../verify-escrow',
      '../../rails/rail',
      '../../rails/exchange/schemas',
    ],
    allowed: ['./a2a-parts', '../../internal/to-json'],
  },
  {
    from: 'src/sandbox/planted.ts',
    forbidden: [
      'ai-sdk-a2a-settlement/sandbox',
      '../index',
      '../provider/a2a-provider',
      '../settlement/create-settlement',
      '../rails/rail',
      '../rails/exchange/exchange-client',
      '../agent/verify-escrow',
      '../cli/run-cli',
    ],
    allowed: [
      '../agent',
      '../rails/exchange/schemas',
      '../rails/x402/schemas',
      './exchange/create-exchange',
      'hono',
    ],
  },
  {
    from: 'src/sandbox/exchange/planted.ts',
    forbidden: [
      'ai-sdk-a2a-settlement/sandbox',
      '../../index',
      '../../provider/a2a-provider',
      '../../settlement/create-settlement',
      '../../rails/rail',
      '../../rails/exchange/exchange-client',
      '../../agent/verify-escrow',
      '../../cli/run-cli',
      '../agents/../../provider/a2a-provider',
    ],
    allowed: [
      '../../agent',
      '../../rails/exchange/schemas',
      '../../rails/x402/schemas',
      '../agents/demo-agents',
      './ledger',
    ],
  },
  {
    from: 'src/cli/planted.ts',
    forbidden: [],
    allowed: ['../sandbox/serve-sandbox', '../rails/exchange/exchange-client', 'node:util'],
  },
];

const webStandardFolders = [
  'src',
  'src/internal',
  'src/provider',
  'src/provider/client',
  'src/settlement',
  'src/settlement/hold',
  'src/rails',
  'src/rails/exchange',
  'src/agent',
  'src/recording',
  'src/sandbox',
  'src/sandbox/exchange',
  'src/stores',
  'src/tools',
  'src/wallet',
];
const nodeFiles = [
  'src/sandbox/serve-planted.ts',
  'src/cli/on-node.ts',
  'test/on-node.ts',
  'examples/on-node.ts',
  'bench/on-node.ts',
];

const onNode = [
  `export { readFile } from 'node:fs';`,
  `export { writeFile } from 'fs';`,
  `export const env = process.env;`,
  `export const bytes = Buffer.from('x');`,
];

const lintOutputSchema = z.object({
  diagnostics: z.array(
    z
      .object({
        code: z.string(),
        filename: z.string(),
        labels: z.tuple([z.object({ span: z.object({ line: z.number() }) })], z.unknown()),
      })
      .transform(({ labels: [{ span }], ...diagnostic }) => ({ ...diagnostic, line: span.line })),
  ),
});

const planted = new Map<string, string[]>();
let house: string;
/** What is reported on each file, as `line rule`. */
let reports: Map<string, string[]>;

beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), 'boundaries-'));
  copyFileSync(join(repository, '.oxlintrc.json'), join(house, '.oxlintrc.json'));

  for (const { from, forbidden, allowed } of arrows) {
    plant(from, [...forbidden, ...allowed].flatMap(everyImportOf));
  }
  for (const folder of webStandardFolders) {
    plant(`${folder}/on-node.ts`, onNode);
    plant(`${folder}/prints.ts`, [`console.log('x');`, `export const x = 1;`]);
  }
  for (const file of nodeFiles) {
    plant(file, onNode);
  }
  plant('src/settlement/circle-a.ts', [`export * from './circle-b';`]);
  plant('src/settlement/circle-b.ts', [
    `import type { X } from './circle-a';`,
    `export type Y = X;`,
  ]);
  plant('src/settlement/escapes.ts', [
    `export const a = (x: any) => x;`,
    `export const b = (x: unknown) => x as string;`,
    `export const c = (x: { y?: string }) => x.y!.length;`,
    `export type D = import('./settlement-state').D;`,
    `export const e = { x: 1 } as const;`,
  ]);
  plant('src/settlement/zod-by-name.ts', [
    `import { z } from 'zod/v4';`,
    `import * as all from 'zod/v4';`,
    `export const x = [z, all];`,
  ]);
  plant('test/cast.ts', [`export const x = (y: unknown) => y as string;`]);

  reports = lint(house);
});

afterAll(() => rmSync(house, { recursive: true, force: true }));

it.each(arrows)('refuses every wrong import in $from, and no other', ({ from, forbidden }) => {
  expect(refusedImports(from)).toEqual(forbidden.flatMap(everyImportOf));
});

it.each(webStandardFolders)('keeps Node and the console out of %s', (folder) => {
  expect(reports.get(`${folder}/on-node.ts`)).toEqual([
    '1 import(no-nodejs-modules)',
    '2 import(no-nodejs-modules)',
    '3 eslint(no-restricted-globals)',
    '4 eslint(no-restricted-globals)',
  ]);
  expect(reports.get(`${folder}/prints.ts`)).toEqual(['1 eslint(no-console)']);
});

it.each(nodeFiles)('lets %s use Node', (file) => {
  expect(reports.get(file)).toBeUndefined();
});

it('refuses circles, of types too', () => {
  expect(reports.get('src/settlement/circle-a.ts')).toEqual(['1 import(no-cycle)']);
  expect(reports.get('src/settlement/circle-b.ts')).toEqual(['1 import(no-cycle)']);
});

it('refuses any, casts, non-null assertions and inline import types', () => {
  expect(reports.get('src/settlement/escapes.ts')).toEqual([
    '1 typescript(no-explicit-any)',
    '2 typescript(consistent-type-assertions)',
    '3 typescript(no-non-null-assertion)',
    '4 typescript(consistent-type-imports)',
  ]);
  expect(reports.get('test/cast.ts')).toBeUndefined();
});

it('refuses what brings all of zod into a bundle', () => {
  expect(reports.get('src/settlement/zod-by-name.ts')).toEqual(['1 unicorn(import-style)']);
});

function everyImportOf(specifier: string): string[] {
  const name = specifier.replaceAll(/\W/g, '_');
  return [
    `import { value${name} } from '${specifier}';`,
    `import type { Type${name} } from '${specifier}';`,
    `export * from '${specifier}';`,
    `export const load${name} = () => import('${specifier}');`,
  ];
}

function refusedImports(file: string): string[] {
  const lines = planted.get(file) ?? [];
  return (reports.get(file) ?? [])
    .filter((report) => report.endsWith(' eslint(no-restricted-imports)'))
    .map((report) => lines[Number.parseInt(report, 10) - 1] ?? report);
}

function plant(file: string, lines: string[]): void {
  const path = join(house, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.join('\n')}\n`);
  planted.set(file, lines);
}

function lint(folder: string): Map<string, string[]> {
  const { stdout } = spawnSync(
    process.execPath,
    [join(repository, 'node_modules/oxlint/bin/oxlint'), '--format', 'json'],
    { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  const { diagnostics } = lintOutputSchema.parse(JSON.parse(stdout));

  const found = new Map<string, string[]>();
  for (const { filename, line, code } of diagnostics.toSorted((a, b) => a.line - b.line)) {
    found.set(filename, [...(found.get(filename) ?? []), `${line} ${code}`]);
  }
  return found;
}
