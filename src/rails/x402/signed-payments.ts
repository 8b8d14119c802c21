import type { JSONObject } from '@ai-sdk/provider';

interface Signed {
  payment: JSONObject;
  /** Seconds since 1970. */
  validBefore: number;
  isHandedOut: boolean;
}

/** Signed payments by hold, until they are settled or expired. They are stored nowhere else. */
export function createSignedPayments() {
  const signed = new Map<string, Signed>();
  return {
    keep(id: string, one: Pick<Signed, 'payment' | 'validBefore'>): void {
      signed.set(id, { ...one, isHandedOut: false });
    },

    /** Returns the payment for a message. From then on others may have received it. */
    handOut(id: string): JSONObject | undefined {
      const one = signed.get(id);
      if (one !== undefined) one.isHandedOut = true;
      return one?.payment;
    },

    /** Undefined if it is not here: another process may have sent it. */
    find(id: string): Pick<Signed, 'isHandedOut'> | undefined {
      return signed.get(id);
    },

    /** Removes it, and all expired ones. */
    forget(id: string): void {
      signed.delete(id);
      const now = Date.now() / 1000;
      for (const [other, { validBefore }] of signed) if (validBefore <= now) signed.delete(other);
    },
  };
}
