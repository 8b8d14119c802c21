import type { JSONObject } from '@ai-sdk/provider';

interface Signed {
  payment: JSONObject;
  /** Seconds since 1970. */
  validBefore: number;
  isHandedOut: boolean;
}

/** What was signed, by its hold, until that is settled or over. It is nowhere else. */
export function createSignedPayments() {
  const signed = new Map<string, Signed>();
  return {
    keep(id: string, one: Pick<Signed, 'payment' | 'validBefore'>): void {
      signed.set(id, { ...one, isHandedOut: false });
    },

    /** For a message. From then on somebody else may have it. */
    handOut(id: string): JSONObject | undefined {
      const one = signed.get(id);
      if (one !== undefined) one.isHandedOut = true;
      return one?.payment;
    },

    /** Undefined for one that is not here: another process may have sent it. */
    find(id: string): Pick<Signed, 'isHandedOut'> | undefined {
      return signed.get(id);
    },

    /** With it all that are over. */
    forget(id: string): void {
      signed.delete(id);
      const now = Date.now() / 1000;
      for (const [other, { validBefore }] of signed) if (validBefore <= now) signed.delete(other);
    },
  };
}
