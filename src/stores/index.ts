export type { AtomicStorage } from '../internal/atomic-storage';
export type { SaleFact, SaleQuery, SaleRecord, SaleStore } from '../agent/payment/sale-record';
export { memoryStorage } from '../internal/memory-storage';
export type {
  ReceiptQuery,
  ReceiptStore,
  SettlementRecord,
  SettlementFact,
} from '../settlement/state/settlement-record';
export type { RecordStorage } from './day-records';
export { receiptStore, type ReceiptStoreOptions } from './receipt-store';
export { type RedisClient, redisStorage, type RedisStorageOptions } from './redis-storage';
export { saleStore, type SaleStoreOptions } from './sale-store';
