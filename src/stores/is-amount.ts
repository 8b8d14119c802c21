import { toAmount } from '../internal/decimal';

/** Whether it is the text of an amount, of whatever currency. */
export function isAmount(text: string): boolean {
  try {
    toAmount(text, mostDecimals);
    return true;
  } catch {
    return false;
  }
}

/** No currency has more. */
const mostDecimals = 40;
