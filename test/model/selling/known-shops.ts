import type { Shop } from './visit';

/** What once went wrong. */
export const knownShops: readonly Shop[] = [];
