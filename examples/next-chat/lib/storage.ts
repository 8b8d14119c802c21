import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
import { shared } from './shared';

/**
 * The journal, the receipts and the tasks under way. This one is lost when the process ends, and
 * serves one process. In production: `redisStorage({ client: new Redis(url) })`.
 */
export const storage = shared('storage', memoryStorage);
