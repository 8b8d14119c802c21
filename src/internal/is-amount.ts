import { toAmount, type Amount } from './decimal';

/** Whether a value is a valid amount of any currency. */
export function isAmount(value: unknown): value is Amount {
  try {
    toAmount(value, mostDecimals);
    return true;
  } catch {
    return false;
  }
}

/** No currency has more decimals. */
export const mostDecimals = 40;
