import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/v4';
import packageJson from '../../package.json' with { type: 'json' };

const sourceMapSchema = z.object({ sources: z.array(z.string()) });

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));

/** A folder of somebody else, who has installed the package and nothing that it does not ask for. */
let consumer: string;
let installed: string;

beforeAll(async () => {
  consumer = await realpath(await mkdtemp(join(tmpdir(), 'consumer-')));
  installed = join(consumer, 'node_modules', packageJson.name);
  await run(
    process.execPath,
    [join(repository, 'node_modules/tsdown/dist/run.mjs'), '--out-dir', join(installed, 'dist')],
    { cwd: repository },
  );
  await cp(join(repository, 'package.json'), join(installed, 'package.json'));
  for (const name of Object.keys({
    ...packageJson.dependencies,
    ...packageJson.peerDependencies,
  })) {
    const link = join(consumer, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(repository, 'node_modules', name), link);
  }
});

afterAll(() => rm(consumer, { recursive: true, force: true }));

describe('what an entry is made of', () => {
  it('root: neither agent, sandbox, stores, tools, wallet nor cli', async () => {
    const { sources, imports } = await contentsOf('dist/index.js');
    expect(sources).toContain('src/index.ts');
    expect(
      sources.filter((source) =>
        /^src\/(agent|sandbox|stores|tools|wallet|cli|rails\/x402)\//.test(source),
      ),
    ).toEqual([]);
    expect(imports).not.toContain('hono');
    expect(imports).not.toContain('@a2a-js/sdk/server');
  });

  it('agent: neither provider, settlement, sandbox nor cli', async () => {
    const { sources } = await contentsOf('dist/agent/index.js');
    expect(sources).toContain('src/agent/verify-escrow.ts');
    expect(
      sources.filter((source) => /^src\/(provider|settlement|sandbox|cli)\//.test(source)),
    ).toEqual([]);
  });

  it('sandbox: neither provider, settlement nor cli', async () => {
    const { sources } = await contentsOf('dist/sandbox/index.js');
    expect(sources).toContain('src/sandbox/create-sandbox.ts');
    expect(sources.filter((source) => /^src\/(provider|settlement|cli)\//.test(source))).toEqual(
      [],
    );
  });

  it('nevermined: only itself, the rail contract and internal', async () => {
    const { sources } = await contentsOf('dist/rails/nevermined/index.js');
    expect(sources).toContain('src/rails/nevermined/nevermined-rail.ts');
    expect(
      sources.filter(
        (source) => !/^src\/(?:rails\/nevermined\/|rails\/[\w-]+\.ts|internal\/)/.test(source),
      ),
    ).toEqual([]);
  });

  it('stores: only itself and internal', async () => {
    const { sources } = await contentsOf('dist/stores/index.js');
    expect(sources).toContain('src/stores/redis-storage.ts');
    expect(sources.filter((source) => !/^src\/(stores|internal)\//.test(source))).toEqual([]);
  });

  it('tools: only itself and internal', async () => {
    const { sources } = await contentsOf('dist/tools/index.js');
    expect(sources).toContain('src/tools/first-accepted.ts');
    expect(sources.filter((source) => !/^src\/(tools|internal)\//.test(source))).toEqual([]);
  });

  it('wallet: only itself and internal', async () => {
    const { sources } = await contentsOf('dist/wallet/index.js');
    expect(sources).toContain('src/wallet/wallet-elements.ts');
    expect(sources.filter((source) => !/^src\/(wallet|internal)\//.test(source))).toEqual([]);
  });

  it('x402: only itself, the contract and internal; the packages that sign on demand', async () => {
    const { sources, imports } = await contentsOf('dist/rails/x402/index.js');
    expect(sources).toContain('src/rails/x402/x402-rail.ts');
    expect(
      sources.filter((source) => !/^src\/(rails\/(x402\/|[\w-]+\.ts)|internal\/)/.test(source)),
    ).toEqual([]);
    expect(imports.filter((name) => name.startsWith('@x402') || name.startsWith('viem'))).toEqual([
      '@x402/core/client',
      '@x402/evm/exact/client',
      '@x402/evm/upto/client',
      'viem/utils',
    ]);
  });

  it.each([
    'dist/index.js',
    'dist/agent/index.js',
    'dist/recording/index.js',
    'dist/sandbox/index.js',
    'dist/rails/nevermined/index.js',
    'dist/stores/index.js',
    'dist/tools/index.js',
    'dist/rails/x402/index.js',
    'dist/wallet/index.js',
  ])('nothing of Node in %s', async (entry) => {
    const { imports, builtIn, code } = await contentsOf(entry);
    // In its build for the web, whatever the conditions of a bundler are.
    expect(['ofetch', 'destr', 'ufo']).toEqual(expect.arrayContaining(builtIn));
    expect(imports).not.toContain('ofetch');
    expect(imports.filter((specifier) => specifier.startsWith('node:'))).toEqual([]);
    expect(imports).not.toContain('@hono/node-server');
    expect(code).not.toMatch(/\b(Buffer|require|__dirname)\b\s*[.(]/);
  });
});

it('has every file that package.json names', async () => {
  for (const target of Object.values(packageJson.exports)) {
    for (const file of typeof target === 'string' ? [target] : Object.values(target)) {
      await expect(readFile(join(installed, file))).resolves.toBeTruthy();
    }
  }
});

it('settles a generation in plain Node, with its own version in the user agent', async () => {
  const { stdout } = await runScript(`
    import { generateText, wrapLanguageModel } from 'ai';
    import { createA2A, createSettlement, exchangeRail, SettlementError } from '${packageJson.name}';
    import { verifyEscrow } from '${packageJson.name}/agent';
    import { createSandbox } from '${packageJson.name}/sandbox';
    import { nevermined } from '${packageJson.name}/nevermined';
    import { redisStorage } from '${packageJson.name}/stores';

    const userAgents = new Set();
    const sandbox = createSandbox();
    const fetch = (input, init) => {
      userAgents.add(new Request(input, init).headers.get('user-agent'));
      return sandbox.fetch(input, init);
    };
    const { middleware } = createSettlement({
      rail: exchangeRail({
        exchangeUrl: sandbox.exchangeUrl,
        apiKey: sandbox.payer.apiKey,
        fetch: sandbox.fetch,
      }),
    });
    const { text, providerMetadata } = await generateText({
      model: wrapLanguageModel({
        model: createA2A({ fetch })(sandbox.agents.streamer.url),
        middleware,
      }),
      prompt: 'Hello',
    });
    sandbox.close();

    console.log(JSON.stringify({
      text,
      status: providerMetadata.settlement.status,
      userAgents: [...userAgents],
      types: [typeof SettlementError, typeof verifyEscrow, typeof redisStorage, typeof nevermined],
    }));
  `);

  expect(JSON.parse(stdout)).toEqual({
    text: expect.stringContaining('Hello'),
    status: 'released',
    userAgents: expect.arrayContaining([`${packageJson.name}/${packageJson.version}`]),
    types: ['function', 'function', 'function', 'function'],
  });
});

it('types what the docs show to sellers where only the package is installed, as pnpm does', async () => {
  const docs = await readFile(join(repository, 'docs/paid-agents.md'), 'utf8');
  const blocks = [...docs.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
  const own = blocks.filter((code) => !code.includes(`'node:`) && code.includes('import'));
  expect(own.length).toBeGreaterThan(1);
  const app = await realpath(await mkdtemp(join(tmpdir(), 'seller-')));
  onTestFinished(() => rm(app, { recursive: true, force: true }));
  await mkdir(join(app, 'node_modules'));
  await symlink(installed, join(app, 'node_modules', packageJson.name));
  const given = 'declare const exchangeUrl: string, apiKey: string, accountId: string;\n';
  const files = [given, ...own].map((code, at) => [join(app, `${at}.ts`), code] as const);
  for (const [path, code] of files) await writeFile(path, code);

  const program = ts.createProgram(
    files.map(([path]) => path),
    {
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      noEmit: true,
      skipLibCheck: true,
      strict: true,
      types: [],
    },
  );
  const complaints = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
    // What readers have of their own, and other packages that the page tells them to install.
    .filter((text) => /@a2a-js|no exported member/.test(text));
  expect(complaints).toEqual([]);
});

it.each([
  ['bundler', ts.ModuleResolutionKind.Bundler, ts.ModuleKind.ESNext],
  ['nodenext', ts.ModuleResolutionKind.NodeNext, ts.ModuleKind.NodeNext],
] as const)('types every entry with %s', async (_, moduleResolution, module) => {
  const entries = Object.keys(packageJson.exports).filter((entry) => !entry.endsWith('.json'));
  const path = join(consumer, 'every-entry.mts');
  const imports = entries.map((entry, at) => {
    const specifier = entry.replace('.', packageJson.name);
    // An entry without types would be `any`, to which this can be assigned.
    return `import * as e${at} from '${specifier}';\n// @ts-expect-error\ne${at} satisfies number;\n`;
  });
  await writeFile(path, imports.join(''));
  const program = ts.createProgram([path], {
    moduleResolution,
    module,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    types: [],
  });
  const complaints = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  expect(complaints).toEqual([]);
});

it('runs as a command', async () => {
  // `npx ai-sdk-a2a-settlement` runs the command of the package's own name.
  const bin = join(installed, packageJson.bin['ai-sdk-a2a-settlement']);
  expect(packageJson.bin['a2a-settlement']).toBe(packageJson.bin['ai-sdk-a2a-settlement']);
  // By itself: the file is executable and names its interpreter.
  const { stdout } = await run(bin, ['--help']);
  expect(stdout).toContain('sandbox');
});

function runScript(source: string) {
  return run(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: consumer,
    env: { ...process.env, AI_SDK_LOG_WARNINGS: 'false' },
  });
}

/** Everything that importing a file of the package loads: its chunks are followed, packages are named. */
async function contentsOf(entry: string) {
  const imports = new Set<string>();
  const sources = new Set<string>();
  const builtIn = new Set<string>();
  const chunks = new Set([join(installed, entry)]);
  let code = '';

  for (const chunk of chunks) {
    // Without the examples in doc comments.
    const chunkCode = (await readFile(chunk, 'utf8')).replaceAll(/^\s*\*.*$/gm, '');
    code += chunkCode;
    for (const source of await sourcesOf(chunk)) {
      if (source.includes('node_modules/')) builtIn.add(packageOf(source));
      else sources.add(source.replace(/^.*?(?=src\/)/, ''));
    }
    for (const [, specifier = ''] of chunkCode.matchAll(
      /(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"']+)["']/g,
    )) {
      if (specifier.startsWith('.')) {
        chunks.add(join(dirname(chunk), specifier));
      } else {
        imports.add(specifier);
      }
    }
  }
  return { imports: [...imports], sources: [...sources], builtIn: [...builtIn], code };
}

function packageOf(source: string): string {
  return /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? source;
}

async function sourcesOf(chunk: string): Promise<string[]> {
  const sourceMap = await readFile(`${chunk}.map`, 'utf8').catch(() => undefined);
  // A file that only passes on what others export has no map.
  return sourceMap === undefined ? [] : sourceMapSchema.parse(JSON.parse(sourceMap)).sources;
}
