export type { AtomicStorage } from '../internal/atomic-storage';
export { memoryStorage } from '../internal/memory-storage';
export { type RedisClient, redisStorage, type RedisStorageOptions } from './redis-storage';
