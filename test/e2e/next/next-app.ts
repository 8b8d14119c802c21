import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nextBuild, type NextServer, nextStart } from './next-process';

const fixture = fileURLToPath(new URL('app-fixture', import.meta.url));

/** An app, built. */
export interface NextApp {
  /** Starts a production server of it. Default: on a free port. */
  start: (env: Record<string, string>, at?: { port: number }) => Promise<NextServer>;
  /** Removes what was built. */
  remove: () => Promise<void>;
}

/** Builds the fixture app. */
export async function buildNextApp(): Promise<NextApp> {
  // A folder of its own for every run, so that two runs cannot disturb each other.
  await mkdir(join(fixture, '.next'), { recursive: true });
  const folder = await mkdtemp(join(fixture, '.next', 'run-'));
  const distDir = { NEXT_CHAT_DIST_DIR: `.next/${basename(folder)}` };
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });

  await nextBuild(fixture, distDir).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return {
    start: (env, at) => nextStart(fixture, { ...distDir, ...env }, at?.port),
    remove,
  };
}
