import { stat } from 'node:fs/promises';
import type { AtomicStorage } from '../../internal/atomic-storage';
import { UsageError } from '../cli-context';

/** The storage of an application that keeps it in files, with unstorage's drivers `fs` or `fs-lite`. */
export type FolderStorage = Pick<AtomicStorage, 'getItem' | 'getKeys' | 'setItem' | 'removeItem'>;

/** @throws UsageError if it is no folder, or unstorage is not installed. */
export async function openFolder(path: string): Promise<FolderStorage> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) throw new UsageError(`${path} is not a folder.`);
  try {
    const { createStorage } = await import('unstorage');
    const { default: fsDriver } = await import('unstorage/drivers/fs-lite');
    return createStorage({ driver: fsDriver({ base: path }) });
  } catch (cause) {
    throw new UsageError(
      'To read a folder, unstorage is needed: npm install unstorage. For other storages use --config FILE.',
      { cause },
    );
  }
}
