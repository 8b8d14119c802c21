import { readFile, rename, writeFile } from 'node:fs/promises';
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

/** Writes a value as JSON whenever it is asked to; requests during a write share the next one. */
export function dataFileWriter(path: string, read: () => unknown): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  const write = async () => {
    next = undefined;
    const unfinished = `${path}.tmp`;
    // It contains API keys.
    await writeFile(unfinished, JSON.stringify(read()), { mode: 0o600 });
    await rename(unfinished, path);
  };
  return () => {
    if (next === undefined) {
      next = last.then(write, write);
      last = next;
    }
    return next;
  };
}
