import { addAmounts, compareAmounts, subtractAmounts } from '../../internal/decimal';
import type { Amount } from '../../rails/rail';
import type { CurrencyLimits } from './currency-limits';
import type { Reservation } from './reservations';

/** Throws the error of a limit, which allows less than a call needs. */
export type Refuse = (limit: string, allowed: string) => never;

/**
 * Checks the limits that depend on other calls.
 *
 * @param reserved The reservations that count for these limits, that of the call included.
 * @throws what `refuse` throws.
 */
export function checkLimits(
  { concurrent, perConversation, perWindow }: CurrencyLimits,
  reserved: readonly Reservation[],
  {
    amount,
    conversation,
    isOpen,
    isWithin,
    name,
    unit,
  }: {
    /** Of the call. */
    amount: Amount;
    conversation: string | undefined;
    /** Whether a call may still be running. */
    isOpen: (other: Reservation) => boolean;
    /** Whether a call was made in the last minutes. */
    isWithin: (other: Reservation, minutes: number) => boolean;
    /** The option, for messages: `limits`, `byLabel.team.search.limits`. */
    name: string;
    /** The currency, or `token`. */
    unit: string;
  },
  refuse: Refuse,
): void {
  const sum = (counts: (other: Reservation) => boolean) =>
    reserved.filter(counts).reduce<Amount>((total, other) => addAmounts(total, other.amount), 0);
  if (concurrent !== undefined && reserved.filter(isOpen).length > concurrent) {
    refuse(`${name}.concurrent`, `${counted(concurrent, 'call')} at a time`);
  }
  if (perWindow !== undefined) {
    const { amount: most, minutes } = perWindow;
    const spent = sum((other) => isWithin(other, minutes));
    const allowed = `${counted(most, unit)} in ${counted(minutes, 'minute')}`;
    if (exceeds(spent, most)) {
      refuse(`${name}.perWindow`, `${allowed}, and ${subtractAmounts(spent, amount)} are in use`);
    }
  }
  if (perConversation !== undefined && conversation !== undefined) {
    const spent = sum((other) => other.conversation === conversation);
    const inUse = `${subtractAmounts(spent, amount)} are in use`;
    if (exceeds(spent, perConversation)) {
      refuse(`${name}.perConversation`, `${counted(perConversation, unit)}, and ${inUse}`);
    }
  }
}

/** Adds a plural, except for currency codes. */
export function counted(count: Amount, unit: string): string {
  return count === 1 || unit === unit.toUpperCase() ? `${count} ${unit}` : `${count} ${unit}s`;
}

export function exceeds(amount: Amount, most: Amount): boolean {
  return most !== Number.POSITIVE_INFINITY && compareAmounts(amount, most) > 0;
}
