import type { JSONObject } from '@ai-sdk/provider';

export {
  SettlementError,
  type SettlementErrorCode,
  type SettlementErrorFacts,
} from './settlement-error';

/** What an agent asks for one skill. */
export interface SkillTerms {
  /** Tokens for one call, for `unitSize` units, or for a minute. */
  amount?: number | undefined;
  /** How the price is meant: `per-request`, `per-unit`, `per-minute`, `negotiable`, … */
  pricingModel?: string | undefined;
  /** `per-unit`: how many units `amount` buys. */
  unitSize?: number | undefined;
}

/**
 * What an agent asks for its work, read from its card by the rail that understands the card. The price
 * is that of the asked skill. Where no skill is asked for, or one without a price, it is the highest.
 */
export interface AgentTerms extends SkillTerms {
  /** The payee's account on this rail's ledger. */
  payee?: string | undefined;
  /** Without a payee: the ledgers on which the agent does have an account. */
  elsewhere?: string[] | undefined;
  /** With `elsewhere`: the ledger that this rail pays on, and the setting that names another. */
  here?: { ledger: string; setting: string } | undefined;
  currency?: string | undefined;
  /** The ids of all skills on the card. Undefined when it names none. */
  skills?: string[] | undefined;
  /** What each skill costs, when the asked skill does not say which price it is, and prices differ. */
  prices?: Record<string, SkillTerms> | undefined;
  /** The card marks the payment extension as required: the agent is never called unpaid. */
  required: boolean;
}

/** One hold to make. Nothing in it comes from a prompt. */
export interface HoldRequest {
  /** Unique, random, at most 255 characters: the ledger's key for this generation attempt. */
  taskId: string;
  payee: string;
  /** Whole tokens, without the fee. */
  amount: number;
  ttlMinutes: number;
  taskType?: string | undefined;
  /** At most 36 characters, opaque: holds that may be for the same work share it. */
  group?: string | undefined;
  requiredAttestationLevel?: string | undefined;
}

/** Tokens that are held for one payee until they are released, refunded, or the hold lapses. */
export interface Hold {
  readonly rail: string;
  readonly taskId: string;
  readonly escrowId: string;
  readonly payee: string;
  /** Whole tokens the payee gets on release. */
  readonly amount: number;
  /** Whole tokens the exchange takes on top. */
  readonly fee: number;
  readonly currency: string;
  /** Where the hold lives. */
  readonly exchangeUrl: string;
  readonly expiresAt: Date;
}

/** How a hold ended. */
export type Settled =
  | { status: 'released'; amount: number; fee: number }
  | { status: 'partially-released'; amount: number; fee: number; returned: number }
  | { status: 'refunded'; returned: number }
  /** Somebody else rules on the hold and on `stake`, whole tokens put up beside it. */
  | { status: 'disputed'; stake: number }
  /** The hold had lapsed before the release: the tokens went back to the payer. */
  | { status: 'late' };

/** How the ledger has a hold. */
export type HoldState =
  | { type: 'held' }
  | { type: 'settled'; settled: Settled }
  /** Its time is over: the tokens went back, or are about to. */
  | { type: 'lapsed' }
  /** In dispute, or in a state this version does not know: not this package's to settle. */
  | { type: 'foreign'; status: string };

/** A hold as the ledger has it, which is the only word to be believed about it. */
export interface RecordedHold {
  hold: Hold;
  state: HoldState;
  /** Whether this rail's payer made it. */
  isOurs: boolean;
}

/** What a hold adds to the A2A message, so that the agent can verify it before it works. */
export interface MessageDecoration {
  metadata: JSONObject;
  extensions: string[];
  headers?: Record<string, string>;
}

/** A price an agent asks for in its answer, as it said it. */
export interface PriceProposal {
  /** `NaN` for what is no number. */
  price: number;
  currency?: string | undefined;
}

/** What a message says of its price before anything is held; nothing when the agent is to begin. */
export interface PriceOffer {
  /** Whole tokens offered instead of those that were proposed. */
  counterPrice?: number;
  /** Whole tokens that both sides are content with. */
  agreedPrice?: number;
}

export interface CallOptions {
  /** Cancels the request to the rail. Never the caller's own abort signal for release and refund. */
  abortSignal?: AbortSignal | undefined;
}

/**
 * Who moves the money. The settlement machine drives a rail and knows no other detail of it.
 *
 * Every method throws {@link SettlementError}. `release` and `refund` are safe to repeat: a hold
 * that already is in the asked state counts as success.
 */
export interface SettlementRail {
  readonly name: string;
  readonly capabilities: {
    /** Whether the payer releases and refunds, or the agent captures. */
    capturedBy: 'payer' | 'agent';
    partialRelease: boolean;
    refund: boolean;
    /** The most whole tokens one hold can have. */
    maxAmount?: number;
  };
  /** Throws `NOT_CONFIGURED` when a credential is missing. Read when called, not when created. */
  assertConfigured(): void;
  /**
   * What the developer should know of how the rail is set up, told once: a call's warnings bear it.
   * Undefined when there is nothing, or nothing more.
   */
  notice?(): string | undefined;
  /** Reads payee and price from an agent card. Undefined when the card says nothing to this rail. */
  terms(agentCard: unknown, options: { skill?: string | undefined }): AgentTerms | undefined;
  hold(request: HoldRequest, options?: CallOptions): Promise<Hold>;
  /** `amount` below the held amount captures only that much, where the rail can. */
  release(hold: Hold, options?: CallOptions & { amount?: number | undefined }): Promise<Settled>;
  /** `reason` is a fixed code such as `task-failed`, never text of a person or an agent. */
  refund(hold: Hold, options?: CallOptions & { reason?: string | undefined }): Promise<Settled>;
  /**
   * Takes the hold out of both parties' hands until somebody rules on it. `reason` as with `refund`.
   * Safe to repeat.
   */
  dispute?(hold: Hold, options: CallOptions & { reason: string; stake: number }): Promise<Settled>;
  /** Tokens an agent says it used, in what it attached to its answer. It is the agent's own word. */
  reportedUse?(answerMetadata: unknown): number | undefined;
  /** Looks a live hold up by its task id, when the answer to `hold` was lost. */
  find?(taskId: string, options?: CallOptions): Promise<Hold | undefined>;
  /**
   * Looks many up at once, by their task ids: live holds only, as with `find`. For rails that can list
   * what they hold; others are asked one by one. What is not in the map is not held.
   */
  findMany?(taskIds: readonly string[], options?: CallOptions): Promise<Map<string, Hold>>;
  /** Looks a hold up where it lives. Undefined when there is none. */
  look?(hold: Hold, options?: CallOptions): Promise<RecordedHold | undefined>;
  /** All holds of this payer, of whatever state, that were made with this group. */
  listGroup?(group: string, options?: CallOptions): Promise<RecordedHold[]>;
  /** All live holds of this payer whose task id begins so. */
  listHeld?(taskIdPrefix: string, options?: CallOptions): Promise<Hold[]>;
  /**
   * The ledger's time, in milliseconds since 1970: what decides when a hold lapses. Undefined as long
   * as nothing is known of it.
   */
  now?(): number | undefined;
  /** `agreedPrice`: whole tokens, where the price was negotiated. */
  decorate(hold: Hold, agreement?: { agreedPrice: number }): MessageDecoration;
  /** What a message carries on which nothing is held yet. Without it, and `proposal`, no price is negotiable. */
  decorateOffer?(offer: PriceOffer): MessageDecoration;
  /** The price that an agent asks for, in what it attached to its answer. It is the agent's own word. */
  proposal?(answerMetadata: unknown): PriceProposal | undefined;
  /** A code over a text that only this payer can make, the same on all the payer's machines. */
  seal?(text: string): Promise<string>;
}
