import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { createSandbox } from '../../src/sandbox/create-sandbox';
import type * as bundled from './bundled-application';

const repository = fileURLToPath(new URL('../..', import.meta.url));

interface Application {
  own: typeof bundled;
  /** From now on, nothing that is loaded on demand can be loaded. */
  failToLoad: () => Promise<void>;
}

/** A bundle of its own for each test, as modules stay loaded. */
async function loadApplication(): Promise<Application> {
  const folder = await mkdtemp(join(repository, 'node_modules/.bundle-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { metafile } = await build({
    entryPoints: [join(repository, 'test/package/bundled-application.ts')],
    absWorkingDir: repository,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    external: ['ai', 'zod', '@ai-sdk/*'],
    define: { __PACKAGE_VERSION__: '"0.0.0"' },
    outdir: folder,
    metafile: true,
    logLevel: 'error',
  });
  const entries = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint);
  // Else there would be nothing that can fail.
  expect(entries.length).toBeGreaterThan(5);
  const own = (await import(
    pathToFileURL(join(folder, 'bundled-application.js')).href
  )) as typeof bundled;
  return {
    own,
    async failToLoad() {
      for (const file of await readdir(folder)) {
        await rename(join(folder, file), join(folder, `${file}.gone`));
      }
    },
  };
}

beforeAll(() => {
  process.env['AI_SDK_LOG_WARNINGS'] = 'false';
});

async function begin({ failsAt }: { failsAt: 'start' | 'held' }) {
  const { own, failToLoad } = await loadApplication();
  let hasFailed = failsAt === 'start';
  const sandbox = createSandbox();
  onTestFinished(() => sandbox.close());
  const settlement = own.createSettlement({
    rail: own.exchangeRail({
      exchangeUrl: sandbox.exchangeUrl,
      apiKey: sandbox.payer.apiKey,
      // The answer to the hold is the first thing that is known of it.
      fetch: async (input, init) => {
        const response = await sandbox.fetch(input, init);
        if (failsAt === 'held' && new Request(input, init).url.endsWith('/exchange/escrow')) {
          await failToLoad();
          hasFailed = true;
        }
        return response;
      },
    }),
    limits: { perCall: 1000, concurrent: 5 },
  });
  const events: string[] = [];
  for (const name of ['held', 'released', 'refunded', 'unresolved'] as const) {
    settlement.on(name, () => events.push(name));
  }
  const provider = own.createA2A({ fetch: sandbox.fetch, auth: { bearer: 'token' } });
  const modelOf = (url: string) =>
    own.wrapLanguageModel({ model: provider(url), middleware: settlement.middleware });
  if (failsAt === 'start') await failToLoad();
  const statuses = () => {
    expect(hasFailed).toBe(true);
    return sandbox.ledger().escrows.map(({ status }) => status);
  };
  return { own, sandbox, events, modelOf, statuses };
}

it('releases what was held, although nothing can be loaded any more', async () => {
  const { own, sandbox, events, modelOf, statuses } = await begin({ failsAt: 'held' });
  const { providerMetadata } = await own.generateText({
    model: modelOf(sandbox.agents.streamer.url),
    prompt: 'Hello',
  });
  expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
  expect(events).toEqual(['held', 'released']);
  expect(statuses()).toEqual(['released']);
});

it('releases an answer in JSON, which is read by code of its own', async () => {
  const { events, modelOf, sandbox, statuses } = await begin({ failsAt: 'held' });
  const { content, providerMetadata } = await modelOf(sandbox.agents.streamer.url).doGenerate({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
    responseFormat: { type: 'json' },
  });
  expect(content).not.toEqual([]);
  expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
  expect(events).toEqual(['held', 'released']);
  expect(statuses()).toEqual(['released']);
});

it('refunds what was held for an agent that fails', async () => {
  const { own, sandbox, events, modelOf, statuses } = await begin({ failsAt: 'held' });
  const call = own.generateText({
    model: modelOf(sandbox.agents.failing.url),
    prompt: 'Hello',
    maxRetries: 0,
  });
  await expect(call).rejects.toThrow();
  expect(events).toEqual(['held', 'refunded']);
  expect(statuses()).toEqual(['refunded']);
});

it('cancels and refunds what the caller aborts', async () => {
  const { own, sandbox, events, modelOf, statuses } = await begin({ failsAt: 'held' });
  const caller = new AbortController();
  const { fullStream } = own.streamText({
    model: modelOf(sandbox.agents.slow.url),
    prompt: 'Hello',
    abortSignal: caller.signal,
  });
  for await (const { type } of fullStream) {
    if (type === 'start-step') caller.abort();
  }
  await expect.poll(() => events.length).toBe(2);
  expect(events).toEqual(['held', 'refunded']);
  expect(statuses()).toEqual(['refunded']);
});

it('holds nothing when the code for it cannot be loaded, and says so', async () => {
  const { own, sandbox, events, modelOf, statuses } = await begin({ failsAt: 'start' });
  const call = own.generateText({
    model: modelOf(sandbox.agents.streamer.url),
    prompt: 'Hello',
    maxRetries: 0,
  });
  await expect(call).rejects.toThrow(
    /^The code for settlements could not be loaded\. Deploy all files/,
  );
  expect(events).toEqual([]);
  expect(statuses()).toEqual([]);
});
