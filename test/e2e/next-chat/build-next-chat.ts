import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NextApp } from '../next/next-app';
import { nextBuild, nextStart } from '../next/next-process';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const example = join(repository, 'examples', 'next-chat');
const notCopied = new Set(['node_modules', '.next', 'next-env.d.ts']);

/** Builds a copy of examples/next-chat, with the package as it is in src/. */
export async function buildNextChat(): Promise<NextApp> {
  const parent = fileURLToPath(new URL('.next', import.meta.url));
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'run-'));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const filter = (path: string) => !notCopied.has(basename(path));
    await cp(example, folder, { recursive: true, filter });
    await rm(join(folder, 'next.config.ts'));
    await writeFile(join(folder, 'next.config.mjs'), configIn(folder));
    await nextBuild(folder, {});
  } catch (error) {
    await remove();
    throw error;
  }
  return { start: (env, at) => nextStart(folder, env, at?.port), remove };
}

const entries = {
  '': 'index.ts',
  '/nevermined': 'rails/nevermined/index.ts',
  '/sandbox': 'sandbox/index.ts',
  '/stores': 'stores/index.ts',
  '/wallet': 'wallet/index.ts',
  '/x402': 'rails/x402/index.ts',
};

function configIn(folder: string): string {
  const source = relative(folder, join(repository, 'src'));
  const aliases = Object.entries(entries).map(([path, file]) => [
    `ai-sdk-a2a-settlement${path}`,
    `./${source}/${file}`,
  ]);
  const config = {
    outputFileTracingRoot: repository,
    turbopack: { root: repository, resolveAlias: Object.fromEntries(aliases) },
    // `npm run check` checks the types.
    typescript: { ignoreBuildErrors: true },
    agentRules: false,
    experimental: { agentUpgrade: false, turbopackFileSystemCacheForBuild: false },
  };
  return `export default ${JSON.stringify(config)};\n`;
}
