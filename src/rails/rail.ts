import type { JSONObject } from '@ai-sdk/provider';
import type { Amount } from '../internal/decimal';

export type { Amount } from '../internal/decimal';
export {
  SettlementError,
  settlementErrorCodes,
  type SettlementErrorCode,
  type SettlementErrorFacts,
} from './settlement-error';

/** The currency of an amount. */
export interface Currency {
  /** The code, as used in limits and shown to people: `ATE`, `USDC`, `credits`. */
  code: string;
  /** The maximum number of decimal places of an amount. */
  decimals: number;
}

/** The price of one skill. */
export interface SkillTerms<AMOUNT extends Amount = Amount> {
  /** The price of one call, of `unitSize` units, or of one minute, depending on `pricingModel`. */
  amount?: AMOUNT | undefined;
  /** The pricing model: `per-request`, `per-unit`, `per-minute`, `negotiable`, … */
  pricingModel?: string | undefined;
  /** For `per-unit`: the number of units that `amount` buys. */
  unitSize?: number | undefined;
}

/**
 * The payment terms of an agent, read from its card by the rail that supports it. The price is that of the
 * requested skill. If no skill is requested, or the skill has no price, it is the highest price on the card.
 */
export interface AgentTerms<AMOUNT extends Amount = Amount> extends SkillTerms<AMOUNT> {
  /** The payee's account on this rail's ledger. */
  payee?: string | undefined;
  /** If `payee` is undefined: the ledgers on which the agent has an account. */
  elsewhere?: string[] | undefined;
  /** With `elsewhere`: the ledger that this rail uses, and the setting that selects another one. */
  here?: { ledger: string; setting: string } | undefined;
  /** A plain code is a currency without decimals. */
  currency?: Currency | string | undefined;
  /**
   * The agent states payee and price in its response to an unpaid message. Such a message is sent first, and
   * its response is passed to `challenge`. `payee`, `amount` and `currency` are only hints in this case.
   */
  isAsked?: boolean | undefined;
  /** The ids of all skills on the card. Undefined if the card lists none. */
  skills?: string[] | undefined;
  /** The price of each skill, if prices differ and the requested skill does not select one. */
  prices?: Record<string, SkillTerms<AMOUNT>> | undefined;
  /** The card marks the payment extension as required: the agent is never called without payment. */
  required: boolean;
}

/** An agent's response. Its content is not trusted until the rail has checked it against its own data. */
export interface AgentAnswer {
  /** The task state: `completed`, `input-required`, `failed`, … Undefined if there is no task. */
  state?: string | undefined;
  /** Metadata of the message or the task, including a failed one. */
  metadata?: unknown;
  /** Headers of an HTTP 402 response, names in lower case. */
  headers?: Record<string, string> | undefined;
}

/** A payment that an agent requests. */
export interface PaymentChallenge {
  /** The payee, in the form that `allow.payees` and `approve` use. */
  payee: string;
  amount: Amount;
  currency: Currency;
  /** Data for the rail's own `hold`. Never stored, logged or shown. */
  offer: JSONObject;
}

/** The parameters of one hold. None of them comes from a prompt. */
export interface HoldRequest {
  /** Unique, random, at most 255 characters. The ledger's idempotency key for this generation attempt. */
  taskId: string;
  payee: string;
  /** Excludes the fee. */
  amount: Amount;
  /** The currency of `amount`. Default: the rail's own currency, without decimals. */
  currency?: Currency | undefined;
  ttlMinutes: number;
  taskType?: string | undefined;
  /** At most 36 characters, opaque. Shared by holds that may pay for the same work. */
  group?: string | undefined;
  requiredAttestationLevel?: string | undefined;
  /** The agent's payment request, as read by this rail. Limits and approval have already accepted it. */
  challenge?: PaymentChallenge | undefined;
  /** For rails whose credential is bound to the agent. Undefined if the model has no card. */
  agent?: { id: string; card: unknown } | undefined;
}

/**
 * An amount held for one payee until it is released, refunded, or the hold expires. On rails where the agent
 * captures, it is a credential: the agent can capture up to this amount until it expires.
 */
export interface Hold<AMOUNT extends Amount = Amount> {
  /** The `name` of the rail that created the hold. The same rail settles it, in this or another process. */
  readonly rail: string;
  readonly taskId: string;
  /** The ledger's id: an escrow id, a nonce, a payment hash, or a token digest. Not a credential. */
  readonly escrowId: string;
  readonly payee: string;
  /** The amount that the payee receives on release, or can capture. */
  readonly amount: AMOUNT;
  /** The fee that the ledger charges in addition. */
  readonly fee: AMOUNT;
  /** The currency's code. */
  readonly currency: string;
  /** The currency's decimals. Default: 0. */
  readonly decimals?: number | undefined;
  /** The location of the hold: an exchange URL, a CAIP-2 network, or a backend origin. */
  readonly exchangeUrl: string;
  readonly expiresAt: Date;
  /**
   * `task`: pays for all turns of its task, and is kept while the agent waits for input. `message`: pays for
   * the message that it was sent with, and ends with the response; the next message needs its own hold.
   * Default: `task`.
   */
  readonly pays?: 'task' | 'message' | undefined;
  /**
   * The rail's own data: enough to look up and cancel the hold in another process. It is stored in the
   * journal. If the rail has a `seal`, it is also sent in the messages of a continued task. Never contains a
   * credential.
   */
  readonly state?: JSONObject | undefined;
}

/** The place where a payment can be verified. */
export type Proof = {
  /** The transaction hash. */
  transaction: string;
  /** The CAIP-2 id, if it is a chain. */
  network: string;
  /** `agent`: reported by the agent only, not verified with the ledger. */
  confirmedBy: 'ledger' | 'agent';
};

/** How a hold ended. */
export type Settled<AMOUNT extends Amount = Amount> =
  /** Can exceed the held amount if the agent captured more. */
  | { status: 'released'; amount: AMOUNT; fee: AMOUNT; proof?: Proof[] | undefined }
  | {
      status: 'partially-released';
      amount: AMOUNT;
      fee: AMOUNT;
      returned: AMOUNT;
      proof?: Proof[] | undefined;
    }
  | { status: 'refunded'; returned: AMOUNT; proof?: Proof[] | undefined }
  /** The agent captured it although it should have been refunded. */
  | { status: 'taken'; amount: AMOUNT; fee: AMOUNT; proof?: Proof[] | undefined }
  /** A third party decides about the hold and about `stake`, the amount deposited with the dispute. */
  | { status: 'disputed'; stake: AMOUNT }
  /** The hold had expired before the release, and was returned to the payer. */
  | { status: 'late' };

/** The agent has not captured it yet, and can until this time. After that, the ledger decides. */
export interface Pending {
  status: 'pending';
  until: Date;
}

/** The state of a hold on the ledger. */
export type HoldState =
  | { type: 'held' }
  | { type: 'settled'; settled: Settled }
  /** The hold has expired: the tokens were returned, or will be. */
  | { type: 'lapsed' }
  /** In dispute, or in a state unknown to this version: this package must not settle it. */
  | { type: 'foreign'; status: string };

/** A hold as recorded by the ledger, the only trusted source of its state. */
export interface RecordedHold {
  hold: Hold;
  state: HoldState;
  /** Whether the payer of this rail created it. */
  isOurs: boolean;
}

/** Data that a hold adds to the A2A message, so that the agent can verify the hold before it works. */
export interface MessageDecoration {
  metadata: JSONObject;
  extensions: string[];
  /** Sent with every request of the generation, including task queries and cancellation. */
  headers?: Record<string, string>;
}

/** A price that an agent proposes in its response, unmodified. */
export interface PriceProposal {
  /** `NaN` if the proposed value is not a number. */
  price: number;
  currency?: string | undefined;
}

/** Price fields of a message that is sent before a hold exists. Empty if the agent should start. */
export interface PriceOffer {
  /** A counteroffer to the proposed price, in whole tokens. */
  counterPrice?: number;
  /** The price that both sides accept, in whole tokens. */
  agreedPrice?: number;
}

export interface CallOptions {
  /** Cancels the request of the rail. For release and refund, never the caller's own abort signal. */
  abortSignal?: AbortSignal | undefined;
}

/** Capabilities of one existing hold. */
export interface HoldCapabilities {
  capturedBy: 'payer' | 'agent';
  partialRelease: boolean;
}

/** A balance of the payer. */
export interface RailBalance {
  /** Available for new holds. */
  amount: Amount;
  /** Held by the ledger, in addition to `amount`. Undefined if the ledger does not report it. */
  held?: Amount | undefined;
  currency: Currency;
  /** The owner of the balance if there are several: an account, a network, a plan. */
  of?: string | undefined;
}

/**
 * Interface of a payment rail: a ledger on which money is held, released and refunded. Settlement uses a rail
 * only through this interface.
 *
 * If the payer captures, `hold` reserves money, and `release` and `refund` move it. If the agent captures,
 * `hold` obtains a credential, and `release` and `refund` report what happened to it: from the ledger if the
 * rail can query one, otherwise from the agent's response. They move no money, but `refund` may cancel an
 * uncaptured credential.
 *
 * Every method throws {@link SettlementError}. `release` and `refund` are idempotent: a hold that is already
 * in the requested state counts as success.
 */
export interface SettlementRail {
  /** Stored in the holds that the rail creates (`hold.rail`). Must never change: journals refer to it. */
  readonly name: string;
  readonly capabilities: {
    /**
     * Whether the payer releases and refunds, or the agent captures. A rail of `payer` is counted in the
     * exchange's tokens. The plain options `limits`, `price`,
     * `tokensPerCall` and `accountId` apply only to `payer`. With `agent`, no payment is signed in a currency
     * that has no limit.
     */
    capturedBy: 'payer' | 'agent';
    /** Whether `release` accepts a part of the amount. Otherwise metered settlement is not possible. */
    partialRelease: boolean;
    /** The maximum amount of one hold. */
    maxAmount?: number;
  };
  /**
   * Capabilities of one hold, if holds of this rail differ: who captures it, and whether a part can be
   * released. Derived from the hold's own `state`. Limits and prices of a call always use `capabilities`.
   * Default: `capabilities`.
   */
  capabilitiesOf?(hold: Hold): HoldCapabilities;
  /**
   * Loads the code that settles, if it is not loaded with the rail itself. Called before a call continues
   * under a kept hold; `hold` loads the same code before it holds anything.
   */
  load?(): Promise<void>;
  /**
   * Throws `NOT_CONFIGURED` if a credential is missing. Checked when called, not when the rail is created.
   */
  assertConfigured(): void;
  /**
   * A notice about the rail's configuration for the developer, returned once and added to the warnings of a
   * call. Undefined if there is nothing to report.
   */
  notice?(): string | undefined;
  /** Reads payee and price from an agent card. Undefined if the card does not support this rail. */
  terms(agentCard: unknown, options: { skill?: string | undefined }): AgentTerms | undefined;
  /**
   * Reads the payment request from an agent's response to a message that was unpaid, or whose payment the
   * agent did not accept. Undefined if this rail can pay none of the requested payments: the next rail is
   * tried. `hasLimit` returns whether a currency code may be used, which selects among several offers.
   */
  challenge?(
    answer: AgentAnswer,
    options: { hasLimit: (code: string) => boolean },
  ): PaymentChallenge | undefined;
  hold(request: HoldRequest, options?: CallOptions): Promise<Hold>;
  /**
   * An `amount` below the held amount captures only that part, if the rail supports it. `answer`: the agent's
   * last response, if known.
   */
  release(
    hold: Hold,
    options?: CallOptions & { amount?: Amount | undefined; answer?: AgentAnswer | undefined },
  ): Promise<Settled | Pending>;
  /**
   * `reason` is a fixed code such as `task-failed`, never text from a person or an agent. `not-dispatched`:
   * the agent has certainly not received the hold and cannot capture it. `unreachable`: no connection to the
   * agent was established. Undefined `answer`: the last response is unknown, and the agent may have
   * delivered.
   */
  refund(
    hold: Hold,
    options?: CallOptions & { reason?: string | undefined; answer?: AgentAnswer | undefined },
  ): Promise<Settled | Pending>;
  /** Blocks the hold for both parties until a third party decides. `reason` as with `refund`. Idempotent. */
  dispute?(hold: Hold, options: CallOptions & { reason: string; stake: number }): Promise<Settled>;
  /** The token usage that an agent reports in its response metadata. Not verified. */
  reportedUse?(answerMetadata: unknown): number | undefined;
  /** Looks up a live hold by its task id, if the response to `hold` was lost. */
  find?(taskId: string, options?: CallOptions): Promise<Hold | undefined>;
  /**
   * Looks up several live holds by their task ids, as `find` does. For rails that can list their holds; on
   * other rails `find` is called for each. Task ids missing in the map have no hold.
   */
  findMany?(taskIds: readonly string[], options?: CallOptions): Promise<Map<string, Hold>>;
  /**
   * Looks up a hold on its ledger. Undefined if it does not exist. If the agent captures: `held` while it can
   * still be captured, `lapsed` if it was not captured and no longer can be, `released` if it was captured.
   */
  look?(hold: Hold, options?: CallOptions): Promise<RecordedHold | undefined>;
  /** Lists all holds of this payer in this group, in any state. */
  listGroup?(group: string, options?: CallOptions): Promise<RecordedHold[]>;
  /** Lists all live holds of this payer whose task id starts with the prefix. */
  listHeld?(taskIdPrefix: string, options?: CallOptions): Promise<Hold[]>;
  /**
   * The ledger's clock, in milliseconds since 1970, which decides when a hold expires. Undefined while it is
   * unknown.
   */
  now?(): number | undefined;
  /**
   * `agreedPrice`: whole tokens, if the price was negotiated. `isFirst`: the message starts the work that
   * this hold pays for. Later messages of the task may need no credential, or a new one.
   */
  decorate(
    hold: Hold,
    options?: { agreedPrice?: number | undefined; isFirst?: boolean | undefined },
  ): MessageDecoration | Promise<MessageDecoration>;
  /**
   * Data for a message that is sent before a hold exists. For a message that requests a payment challenge:
   * the extension's URI. Price negotiation requires this method and `proposal`.
   */
  decorateOffer?(offer: PriceOffer): MessageDecoration;
  /** The price that an agent proposes in its response metadata. Not verified. */
  proposal?(answerMetadata: unknown): PriceProposal | undefined;
  /**
   * A code over a text that only this payer can compute, identical on all of the payer's machines. Without
   * it, a kept hold is found only by this process or through the journal.
   */
  seal?(text: string): Promise<string>;
  /** The payer's balances, for display only: no decision depends on them. */
  balance?(options?: CallOptions): Promise<RailBalance[]>;
}
