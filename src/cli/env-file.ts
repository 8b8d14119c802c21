import { readFile, writeFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { UsageError } from './cli-context';
import { errorCode } from './error-code';

export interface EnvFile {
  path: string;
  text: string;
  values: Record<string, string | undefined>;
}

/** Reads a file of environment variables. One that does not exist is empty. */
export async function readEnvFile(path: string): Promise<EnvFile & { exists: boolean }> {
  try {
    const text = await readFile(path, 'utf8');
    return { path, text, values: readVariables(text), exists: true };
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    if (code === 'ENOENT') return { path, text: '', values: {}, exists: false };
    throw new UsageError(`${path} cannot be read (${code}).`, { cause: error });
  }
}

/**
 * Sets variables in the file, and keeps all other lines.
 *
 * @returns the names of the variables that were changed.
 */
export async function writeEnvFile(
  file: EnvFile,
  variables: Record<string, string>,
): Promise<string[]> {
  const changed = Object.entries(variables).filter(
    ([name, value]) => file.values[name]?.trim() !== value,
  );
  if (changed.length === 0) return [];
  const text = withVariables(file, Object.fromEntries(changed));
  // Others on this machine need not read the keys. An existing file keeps its mode.
  await writeFile(file.path, text, { mode: 0o600 });
  return changed.map(([name]) => name);
}

/** @throws UsageError if the file is written in a way that cannot be changed line by line. */
export function withVariables(
  { path, text, values }: EnvFile,
  variables: Record<string, string>,
): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const missing = new Map(Object.entries(variables));
  const lines = text.split(/\r?\n/).map((line) => {
    const name = /^\s*(?:export\s+)?([\w.]+)\s*=/.exec(line)?.[1] ?? '';
    if (!Object.hasOwn(variables, name)) return line;
    missing.delete(name);
    return `${name}=${variables[name]}`;
  });
  if (lines.at(-1) === '') lines.pop();
  const added = [...missing].map(([name, value]) => `${name}=${value}`);
  const written = [...lines, ...added, ''].join(newline);

  const after = readVariables(written);
  const expected = { ...values, ...variables };
  const isSame = Object.entries(expected).every(([name, value]) => after[name] === value);
  if (!isSame || Object.keys(after).length !== Object.keys(expected).length) {
    throw new UsageError(`${path} cannot be changed: write the variables into another file.`);
  }
  return written;
}

export function readVariables(text: string): EnvFile['values'] {
  // Node leaves `export` in the name of an empty variable.
  return Object.fromEntries(
    Object.entries(parseEnv(text)).map(([name, value]) => [name.replace(/^export\s+/, ''), value]),
  );
}
