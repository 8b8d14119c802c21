import { InvalidArgumentError, InvalidResponseDataError } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import type { AtomicStorage } from '../internal/atomic-storage';

/**
 * A client of Redis, or of a compatible server (Valkey, Upstash): the `Redis` of `ioredis`, the connected
 * client of `redis` (node-redis), or a function that sends one command and resolves to its response.
 */
export type RedisClient =
  | {
      call(command: string, ...args: string[]): Promise<unknown>;
      options?: { keyPrefix?: string | undefined };
    }
  | { sendCommand(command: string[]): Promise<unknown> }
  | ((command: string[]) => Promise<unknown>);

export interface RedisStorageOptions {
  /** The application's own client. The application connects and closes it. */
  client: RedisClient;
  /** The prefix of all keys. Default: none; the keys of this package start with `a2a-`. */
  prefix?: string;
}

/**
 * An atomic storage in Redis: one server, with or without replicas. Clusters are not supported, since `SCAN`
 * lists the keys of only one node.
 *
 * Errors of the client are thrown unchanged.
 *
 * @example
 * ```ts
 * import { redisStorage } from 'ai-sdk-a2a-settlement/stores';
 * import { Redis } from 'ioredis';
 *
 * const settlement = createSettlement({
 *   journal: { storage: redisStorage({ client: new Redis(url) }), writeAhead: true },
 * });
 * ```
 */
export function redisStorage({ client, prefix = '' }: RedisStorageOptions): AtomicStorage {
  const { send, keyPrefix } = connect(client);

  return {
    getItem: (key) => send('GET', prefix + key),
    async setItem(key, value) {
      await send('SET', prefix + key, value);
    },
    async removeItem(key) {
      await send('DEL', prefix + key);
    },
    async getKeys(base = '') {
      const pattern = `${escapeGlob(keyPrefix + prefix + base)}*`;
      const skipped = (keyPrefix + prefix).length;
      // SCAN may return a key more than once.
      const keys = new Set<string>();
      let cursor = '0';
      do {
        const data = await send('SCAN', cursor, 'MATCH', pattern, 'COUNT', '1000');
        const page = scanPage.safeParse(data).data;
        if (page === undefined) {
          const message = 'The Redis client returned an invalid response to SCAN.';
          throw new InvalidResponseDataError({ data, message });
        }
        const [next, found] = page;
        cursor = next;
        for (const key of found) keys.add(key.slice(skipped));
      } while (cursor !== '0');
      return [...keys];
    },
    async setItemIfAbsent(key, value, { ttlMs } = {}) {
      const expiry = ttlMs === undefined ? [] : ['PX', `${Math.max(1, Math.ceil(ttlMs))}`];
      return (await send('SET', prefix + key, value, 'NX', ...expiry)) === 'OK';
    },
    async removeItemIfEqual(key, value) {
      return Number(await send('EVAL', removeIfEqual, '1', prefix + key, value)) === 1;
    },
  };
}

const removeIfEqual =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

const scanPage = z.tuple([z.coerce.string(), z.array(z.string())]);

function connect(client: RedisClient): {
  send: (...command: string[]) => Promise<unknown>;
  keyPrefix: string;
} {
  if (typeof client === 'function') {
    return { send: (...command) => client(command), keyPrefix: '' };
  }
  const isObject = typeof client === 'object' && client !== null;
  // Checked first: ioredis also has a `sendCommand`, with a different signature.
  if (isObject && 'call' in client) {
    return {
      send: (command, ...args) => client.call(command, ...args),
      // ioredis adds its prefix to keys but not to patterns, and does not remove it from the results of SCAN.
      keyPrefix: client.options?.keyPrefix ?? '',
    };
  }
  if (isObject && 'sendCommand' in client) {
    return { send: (...command) => client.sendCommand(command), keyPrefix: '' };
  }
  throw new InvalidArgumentError({
    argument: 'client',
    message:
      'redisStorage needs a client: new Redis(url) of ioredis, the connected createClient({ url }) of redis, or a function that sends one command.',
  });
}

function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]\\]/g, String.raw`\$&`);
}
