import { fileURLToPath } from 'node:url';
import { EdgeVM } from '@edge-runtime/vm';
import { build, type BuildOptions } from 'esbuild';
import { Miniflare } from 'miniflare';
import { perform, type Job, type Report } from '../perform';

/** Somewhere the package runs. */
export interface Runtime {
  perform(job: Job): Promise<Report>;
  close(): Promise<void>;
}

export const runtimes = {
  node: async (): Promise<Runtime> => ({ perform, close: async () => {} }),

  'edge-runtime vm': async (): Promise<Runtime> => {
    const code = await bundle('edge-entry.ts', {
      format: 'iife',
      conditions: ['edge-light', 'worker', 'browser'],
    });
    const vm = new EdgeVM({ initialCode: code });
    return {
      perform: async (job) =>
        JSON.parse(await vm.evaluate(`performJob(${JSON.stringify(JSON.stringify(job))})`)),
      close: async () => {},
    };
  },

  workerd: async (): Promise<Runtime> => {
    const miniflare = new Miniflare({
      modules: true,
      script: await bundle('worker.ts', {
        format: 'esm',
        conditions: ['workerd', 'worker', 'browser'],
      }),
      compatibilityDate: '2026-01-01',
    });
    await miniflare.ready;
    return {
      async perform(job) {
        const response = await miniflare.dispatchFetch('http://test/', {
          method: 'POST',
          body: JSON.stringify(job),
        });
        const text = await response.text();
        if (!response.ok) throw new Error(text);
        return JSON.parse(text);
      },
      close: () => miniflare.dispose(),
    };
  },
} satisfies Record<string, () => Promise<Runtime>>;

export type RuntimeName = keyof typeof runtimes;

/** Bundles as an edge deployment does: no `node:` import survives, or the build fails. */
export async function bundle(entry: string, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    tsconfig: fileURLToPath(new URL('../../../tsconfig.json', import.meta.url)),
    logLevel: 'silent',
    ...options,
  });
  const [output] = outputFiles ?? [];
  if (output === undefined) throw new Error(`No bundle of ${entry}`);
  return output.text;
}
