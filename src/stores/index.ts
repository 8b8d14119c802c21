export type { AtomicStorage } from '../internal/atomic-storage';
export { memoryStorage } from '../internal/memory-storage';
export type {
  ReceiptQuery,
  ReceiptStore,
  SettlementRecord,
  SettlementFact,
} from '../settlement/receipts/settlement-record';
export { type ReceiptStorage, receiptStore, type ReceiptStoreOptions } from './receipt-store';
export { type RedisClient, redisStorage, type RedisStorageOptions } from './redis-storage';
