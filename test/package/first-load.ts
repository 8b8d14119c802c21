import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions } from 'esbuild';
import * as z from 'zod/v4';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** What decides which build of a dependency comes into a bundle. */
export const targets = {
  node: { platform: 'node', conditions: ['node', 'import'] },
  browser: { platform: 'browser', conditions: ['browser', 'import'] },
  worker: { platform: 'browser', conditions: ['workerd', 'worker', 'import'] },
} satisfies Record<string, BuildOptions>;

export type Target = keyof typeof targets;

/** What an application has whether it uses the package or not. */
const application = `
  import { generateText, streamText, wrapLanguageModel } from 'ai';
  export const application = { generateText, streamText, wrapLanguageModel };
`;

export interface FirstLoad {
  /** Bytes, minified and gzipped, each file by itself, as it is sent. */
  gzipped: number;
  /** Bytes of each input in the output, by the input's path from the repository's root. */
  inputs: Map<string, number>;
}

/** What an application loads at once. What `import()` brings is not part of it. */
async function firstLoad(target: Target, own = ''): Promise<FirstLoad> {
  const { metafile, outputFiles } = await build({
    ...targets[target],
    stdin: { contents: application + own, resolveDir: repository, sourcefile: 'application.js' },
    absWorkingDir: repository,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    write: false,
    metafile: true,
    outdir: 'bundle',
    logLevel: 'error',
  });
  const { outputs } = metafile;
  // What is loaded on demand is an entry of its own.
  const entry = Object.keys(outputs).find((file) => outputs[file]?.entryPoint === 'application.js');
  if (entry === undefined) throw new Error('esbuild wrote no entry.');

  const files = new Set([entry]);
  const inputs = new Map<string, number>();
  let gzipped = 0;
  for (const file of files) {
    const output = outputs[file];
    for (const { kind, path, external } of output?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) files.add(path);
    }
    for (const [input, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
      inputs.set(input, (inputs.get(input) ?? 0) + bytesInOutput);
    }
    const written = outputFiles.find(({ path }) => basename(path) === basename(file));
    gzipped += gzipSync(written?.contents ?? '', { level: 9 }).length;
  }
  return { gzipped, inputs };
}

/** What importing `names` from a built file adds to an application. */
export async function addedBy(
  { folder = 'dist', entry, names }: { folder?: string; entry: string; names: string[] },
  target: Target,
): Promise<FirstLoad> {
  const [without, added] = await Promise.all([
    firstLoad(target),
    firstLoad(
      target,
      `import { ${names.join(', ')} } from './${folder}/${entry}';
       export const own = [${names.join(', ')}];`,
    ),
  ]);
  const inputs = [...added.inputs].map(
    ([input, bytes]) => [input, bytes - (without.inputs.get(input) ?? 0)] as const,
  );
  return {
    gzipped: added.gzipped - without.gzipped,
    inputs: new Map(inputs.filter(([, bytes]) => bytes > 0)),
  };
}

const sourceMapSchema = z.object({ sources: z.array(z.string()) });

/** The files of `src/` that the built files among the inputs of a bundle were made of. */
export function sourcesOf({ inputs }: FirstLoad): string[] {
  return [...inputs.keys()]
    .filter((input) => !input.includes('node_modules/'))
    .map((input) => join(repository, `${input}.map`))
    .filter((map) => existsSync(map))
    .flatMap((map) => sourceMapSchema.parse(JSON.parse(readFileSync(map, 'utf8'))).sources)
    .filter((source) => !source.includes('node_modules/'))
    .map((source) => source.replace(/^.*?(?=src\/)/, ''));
}
