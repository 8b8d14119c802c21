import type { AgentExtension, Message } from '@a2a-js/sdk';
import type { JSONObject } from '@ai-sdk/provider';
import type { Amount } from '../../internal/decimal';

/** One message to an agent that is paid. */
export interface PaidRequest {
  message: Message;
  taskId: string;
  /** In lower case. */
  headers: Record<string, string>;
  /** Where the agent is, as its card says. Undefined behind a server that does not know it. */
  url?: string | undefined;
}

/**
 * One way in which an agent is paid: `acceptExchange`, `acceptX402`, `acceptNevermined`, or one of your
 * own.
 */
export interface AcceptedPayment {
  /** As receipts and books name it: `exchange`, `x402`, `nevermined`. */
  readonly rail: string;
  /** The entries of the agent card that announce it, for a card with these skills. */
  extensions(skillIds: readonly string[]): readonly AgentExtension[];
  /**
   * What may be paid, in the form of `x402.payment.required`. Undefined where the rail has no words for
   * that: the task is rejected instead. `request`: the message that is to be paid for.
   *
   * @throws whatever keeps the agent from knowing.
   */
  offers?(request?: PaidRequest): Promise<readonly JSONObject[]>;
  /** Finds the payment in a message. Undefined: there is none of this kind. */
  read(request: PaidRequest): PaymentClaim | undefined;
  /**
   * Reads the payment again from `Sale.storedPayment`. Undefined where it cannot. Without this method, each message
   * of a task has to bear a payment.
   */
  recall?(storedPayment: JSONObject): PaymentClaim | undefined;
  /**
   * Looks up what became of a payment that was `owed`; `reconcile` calls it. Undefined: the payer has not
   * decided yet, or the ledger cannot be asked now. Never throws.
   */
  lookUp?(owed: JSONObject): Promise<SaleOutcome | undefined>;
}

/** A payment that a caller claims to have made. Nothing in it is true before it is verified. */
export interface PaymentClaim {
  /** What can pay once: an escrow's id, a payer's nonce, a token's digest. It pays for one task. */
  id: string;
  /** When the payment stops being valid. It is remembered until then, so that it cannot pay twice. */
  expiresAt: Date;
  /** The message costs nothing. It pays for no task that has begun with a payment. */
  isFree?: boolean | undefined;
  /**
   * Verifies it, and locks or takes the money where the rail does so before the work; what was recalled is
   * not locked again. Called for each message of a task. Never throws.
   */
  verify(options?: {
    /**
     * Call it before money is locked that the agent has to give back: where the process dies, `reconcile` gives
     * it back. Rejects where this cannot be written down: lock nothing then.
     */
    beforeLock?: ((noted: LockNote) => Promise<void>) | undefined;
  }): Promise<PaymentVerdict>;
}

/** What `recall` reads a payment from whose money is about to be locked. It holds a credential. */
export interface LockNote {
  storedPayment: JSONObject;
  /** Until when it may be locked. */
  expiresAt: Date;
}

export type PaymentVerdict =
  | { verified: true; sale: Sale }
  | {
      verified: false;
      /** A code of the rail. */
      reason: string;
      /** Says what is wrong, fit to be sent to the caller. */
      message: string;
      /** Nobody knows whether it was locked: what was noted is kept, and given back by `reconcile`. */
      mayBeLocked?: boolean | undefined;
      /** Why it could not be verified. Told to `onError`, never to the caller: hold no credential in it. */
      error?: unknown;
    };

/** A verified payment, and what can be done about it. */
export interface Sale {
  /** What the payer is bound to pay, at most. */
  amount: Amount;
  currency: string;
  payer?: string | undefined;
  /** The money is out of its payer's hands: the agent may show its work as it goes on. */
  mayStream: boolean;
  /** Until when it can be taken, where that is later than `expiresAt` of the claim. */
  expiresAt?: Date | undefined;
  /** Stored for `recall`: for the next message of the task, and for `reconcile`. It holds a credential. */
  storedPayment?: JSONObject | undefined;
  /** Metadata of the `working` status that is sent once the payment is verified. Default: none is sent. */
  acknowledgement?: JSONObject | undefined;
  /**
   * Takes the payment for work that was done. `used`: what the agent says that the work is worth, in
   * `currency`. Default: `amount`.
   *
   * Never throws.
   */
  settle(options: { used?: number | undefined }): Promise<SaleOutcome>;
  /** Gives back what was taken or locked, as the work was not done. Never throws. */
  refund(): Promise<SaleOutcome | undefined>;
}

/** How a payment ended. */
export interface SaleOutcome {
  /**
   * - `settled`: the agent has it.
   * - `owed`: the payer releases it, and has not yet; `lookUp` tells later.
   * - `unsettled`: the agent does not get it.
   */
  status: 'settled' | 'owed' | 'unsettled';
  /** A code of the rail, where it was not settled. */
  reason?: string | undefined;
  amount?: Amount | undefined;
  transaction?: string | undefined;
  /** Metadata that is added to the task's last event. */
  metadata?: JSONObject | undefined;
  /** `owed`: what `lookUp` needs. Holds no credential. */
  owed?: JSONObject | undefined;
}
