import { redisStorage, type RedisClient } from 'ai-sdk-a2a-settlement/stores';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { atomicStorageSuite } from './atomic-storage-suite';
import { hasRedis, type RedisServer, startRedisServer } from './redis-server';

if (!hasRedis) {
  console.warn('SKIPPED: atomic storage in Redis. There is no redis-server on this machine.');
}

describe.skipIf(!hasRedis)('redisStorage', () => {
  let server: RedisServer;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await server?.close();
  });

  const openIORedis = (keyPrefix?: string) => {
    const client = new Redis(server.url(), keyPrefix === undefined ? {} : { keyPrefix });
    closing.push(() => client.quit());
    return client;
  };
  const openNodeRedis = async () => {
    const client = createClient({ url: server.url() });
    client.on('error', () => {});
    await client.connect();
    closing.push(() => client.close());
    return client;
  };

  const clients: Record<string, () => Promise<RedisClient>> = {
    ioredis: async () => openIORedis(),
    'ioredis with a keyPrefix': async () => openIORedis('application[*]:'),
    'node-redis': openNodeRedis,
    'a function': async () => {
      const client = openIORedis();
      return ([command = '', ...args]) => client.call(command, ...args);
    },
  };

  for (const [name, open] of Object.entries(clients)) {
    atomicStorageSuite(
      name,
      async () => ({
        connect: async () => redisStorage({ client: await open(), prefix: `${name}[?]:` }),
        close: async () => {},
      }),
      { runs: 50 },
    );
  }

  test('puts the prefix before every key, and leaves other keys alone', async () => {
    const client = openIORedis();
    const storage = redisStorage({ client, prefix: 'mine:' });
    await client.set('prefix-test', '1');
    await storage.setItem('prefix-test', '2');
    await storage.setItemIfAbsent('prefix-test-2', '3', { ttlMs: 3_600_000 });
    expect(await client.get('mine:prefix-test')).toBe('2');
    expect(await client.pttl('mine:prefix-test-2')).toBeGreaterThan(3_000_000);
    expect((await storage.getKeys()).toSorted()).toEqual(['prefix-test', 'prefix-test-2']);
    expect(await storage.removeItemIfEqual('prefix-test', '2')).toBe(true);
    expect(await client.get('prefix-test')).toBe('1');
  });

  test('has no prefix by default: what unstorage wrote without a base is found', async () => {
    const client = openIORedis();
    await redisStorage({ client }).setItem('a2a-test:1', '1');
    expect(await client.get('a2a-test:1')).toBe('1');
    expect(await redisStorage({ client }).getKeys('a2a-test:')).toEqual(['a2a-test:1']);
  });

  test('never asks for KEYS, which would stop the server for everybody', async () => {
    const client = openIORedis();
    const commands: string[] = [];
    const storage = redisStorage({
      client: ([command = '', ...args]) => {
        commands.push(command);
        return client.call(command, ...args);
      },
    });
    await storage.getKeys('none');
    expect(new Set(commands)).toEqual(new Set(['SCAN']));
  });

  test('passes on what the client throws', async () => {
    const client = openIORedis();
    await client.rpush('passes-on', '1');
    const storage = redisStorage({ client });
    await expect(storage.removeItemIfEqual('passes-on', '1')).rejects.toThrow('WRONGTYPE');
    await expect(storage.getItem('passes-on')).rejects.toThrow('WRONGTYPE');
  });
});

test('an answer that is not OK sets nothing', async () => {
  const storage = redisStorage({ client: async () => undefined });
  expect(await storage.setItemIfAbsent('key', '1')).toBe(false);
  expect(await storage.removeItemIfEqual('key', '1')).toBe(false);
  await expect(storage.getKeys()).rejects.toThrow('SCAN');
});

test('a time to live is sent in whole milliseconds, at least one', async () => {
  const sent: string[][] = [];
  const storage = redisStorage({
    client: async (command) => {
      sent.push(command);
      return 'OK';
    },
  });
  await storage.setItemIfAbsent('key', '1', { ttlMs: 1.5 });
  await storage.setItemIfAbsent('key', '1', { ttlMs: 0 });
  expect(sent.map((command) => command.at(-1))).toEqual(['2', '1']);
});

test('what is no client is refused when the storage is created', () => {
  const client = {} as RedisClient;
  expect(() => redisStorage({ client })).toThrow('redisStorage needs a client');
  expect(() => redisStorage({ client: undefined as unknown as RedisClient })).toThrow(
    'redisStorage needs a client',
  );
});
