import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStorage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';
import redisDriver from 'unstorage/drivers/redis';

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

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

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
  const folder = await mkdtemp(join(tmpdir(), 'settlement-redis-'));
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    server.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`redis-server ended:\n${output}`)));
  });
  let databases = 0;
  return {
    fresh: async () => ({ type: 'redis', url: `redis://127.0.0.1:${port}/${databases++}` }),
    async close() {
      const exited = once(server, 'exit');
      server.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return address.port;
}
