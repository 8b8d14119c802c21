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
  /** What the agent card says of it. */
  readonly extensions: readonly AgentExtension[];
  /**
   * What may be paid, in the form of `x402.payment.required`. Undefined where the rail has no words for
   * that: the task is rejected instead. `request`: the message that is to be paid for.
   *
   * @throws whatever keeps the agent from knowing.
   */
  offers?(request?: PaidRequest): Promise<readonly JSONObject[]>;
  /** Finds the payment in a message. Undefined: there is none of this kind. */
  read(request: PaidRequest): PaymentClaim | undefined;
  /** Finds it in what a sale's `kept` gave. Without this, each message of a task has to bear a payment. */
  recall?(kept: JSONObject): PaymentClaim | undefined;
  /**
   * What became of a payment that was `owed`. Undefined: the payer has not decided yet, or nobody can say
   * now. Asked by `reconcile`. Never throws.
   */
  lookUp?(owed: JSONObject): Promise<Settlement | undefined>;
}

/** A payment that a caller claims to have made. Nothing in it is true before it is verified. */
export interface PaymentClaim {
  /** What can pay once: an escrow's id, a payer's nonce, a token's digest. It pays for one task. */
  id: string;
  /** Until when it could be shown again. */
  expiresAt: Date;
  /**
   * Verifies it, and locks or takes the money where the rail does so before the work; what was recalled is
   * not locked again. Called for each message of a task. Never throws.
   */
  verify(): Promise<PaymentVerdict>;
}

export type PaymentVerdict =
  | { verified: true; sale: Sale }
  | {
      verified: false;
      /** A code of the rail. */
      reason: string;
      /** Says what is wrong, fit to be sent to the caller. */
      message: string;
    };

/** A verified payment, and what can be done about it. */
export interface Sale {
  /** What the payer is bound to pay, at most. */
  amount: Amount;
  currency: string;
  payer?: string | undefined;
  /** The money is out of its payer's hands: the agent may show its work as it goes on. */
  isSecured: boolean;
  /** What `recall` finds it in, for the next message of the task, and for `reconcile`. A credential. */
  kept?: JSONObject | undefined;
  /** Told when the payment is found good. */
  acknowledgement?: JSONObject | undefined;
  /**
   * Takes the payment for work that was done. `used`: what it is worth, where the agent said so.
   *
   * Never throws.
   */
  settle(options: { used?: number | undefined }): Promise<Settlement>;
  /** Gives it back, where it was taken or locked, for work that was not done. Never throws. */
  cancel(): Promise<Settlement | undefined>;
}

/** How a payment ended. */
export interface Settlement {
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
  /** Told with the task's last event. */
  metadata?: JSONObject | undefined;
  /** `owed`: what `lookUp` needs. Holds no credential. */
  owed?: JSONObject | undefined;
}
