import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStorage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import redisDriver from 'unstorage/drivers/redis';
import { startRedisServer } from '../stores/redis-server';

/** Where a journal is that several processes share, as plain data to hand to them. */
export type StorageAddress = { type: 'fs'; folder: string } | { type: 'redis'; url: string };

/** What `journal.storage` is given, here and in the processes that are killed. */
export function openStorage(address: StorageAddress) {
  return createStorage({
    driver:
      address.type === 'fs'
        ? fsDriver({ base: address.folder })
        : redisDriver({ url: address.url, base: 'crash' }),
  });
}

/** Something to keep journals in. Each journal it gives is empty. */
export interface StorageServer {
  fresh: () => Promise<StorageAddress>;
  close: () => Promise<void>;
}

export async function startFiles(): Promise<StorageServer> {
  const folder = await mkdtemp(join(tmpdir(), 'settlement-journal-'));
  return {
    fresh: async () => ({ type: 'fs', folder: await mkdtemp(join(folder, 'journal-')) }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function startRedis(): Promise<StorageServer> {
  const { url, close } = await startRedisServer();
  let databases = 0;
  return { fresh: async () => ({ type: 'redis', url: url(databases++) }), close };
}
