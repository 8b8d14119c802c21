import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The pages that users read, and that the npm package has. */
export const pages = globSync(['README.md', 'docs/**/*.md'], { cwd: repository }).map((path) =>
  path.replaceAll('\\', '/'),
);

export function readPage(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

export interface CodeBlock {
  /** What follows the language: `runnable`. */
  mark: string | undefined;
  language: string;
  code: string;
  /** The first line of the code, counted from 1. */
  line: number;
}

export function codeBlocks(text: string): CodeBlock[] {
  return [...text.matchAll(/^```(\w+)(?: (\w+))?\n(.*?)^```$/gms)].map((match) => {
    const [, language = '', mark, code = ''] = match;
    return { language, mark, code, line: text.slice(0, match.index).split('\n').length + 1 };
  });
}
