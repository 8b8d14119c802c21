import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { exchangeStateSchema, type ExchangeState } from '../sandbox/exchange/exchange-state';
import { UsageError } from './cli-context';
import { errorCode } from './error-code';

/**
 * Reads the state of a sandbox.
 *
 * @returns undefined if the file does not exist.
 * @throws UsageError if it is something else, which is not overwritten.
 */
export async function readDataFile(path: string): Promise<ExchangeState | undefined> {
  try {
    return exchangeStateSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new UsageError(`${path} is not a data file of the sandbox: name another file.`, {
      cause: error,
    });
  }
}

/**
 * Writes a value as JSON whenever it is asked to; requests during a write share the next one.
 *
 * The first write takes the file over. Later ones reject if another process has taken it over since: its accounts
 * and escrows would be lost.
 */
export function dataFileWriter(path: string, read: () => unknown): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  let own: string | undefined;

  const write = async () => {
    next = undefined;
    const found = await versionOf(path);
    if (own !== undefined && found !== undefined && found !== own) {
      throw new Error(`another sandbox keeps its data in ${path}. Stop one of them.`);
    }
    const unfinished = `${path}.${process.pid}.tmp`;
    // It contains API keys.
    await writeFile(unfinished, JSON.stringify(read()), { mode: 0o600 });
    await rename(unfinished, path);
    own = await versionOf(path);
  };
  return () => {
    if (next === undefined) {
      next = last.then(write, write);
      last = next;
    }
    return next;
  };
}

/** Each write makes a new file. Undefined if there is none. */
async function versionOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && `${found.ino} ${found.mtimeMs}`;
}
