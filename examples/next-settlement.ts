// Save it as lib/settlement.ts. Your chat routes use `settlement.middleware`, and write to the
// journal that the cron route reconciles. Needs A2A_EXCHANGE_URL and A2A_PAYER_API_KEY.
import { createSettlement } from 'ai-sdk-a2a-settlement';
import { createStorage } from 'unstorage';

// In production: createStorage({ driver: redisDriver({ url }) }), or any other unstorage driver.
export const storage = createStorage();

export const settlement = createSettlement({ journal: { storage, writeAhead: true } });
