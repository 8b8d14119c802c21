import { toAmount } from '../internal/decimal';

/** Whether a text is a valid amount of any currency. */
export function isAmount(text: string): boolean {
  try {
    toAmount(text, mostDecimals);
    return true;
  } catch {
    return false;
  }
}

/** No currency has more decimals. */
const mostDecimals = 40;
