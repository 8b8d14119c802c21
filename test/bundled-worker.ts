import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** As an edge deployment bundles: a `node:` import fails the build. */
export async function bundledWorker(entry: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    external: ['cloudflare:workers'],
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
    logLevel: 'silent',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('No bundle.');
  return output.text;
}
