import type { JSONObject } from '@ai-sdk/provider';
import type { Amount } from '../internal/decimal';

export type { Amount } from '../internal/decimal';
export {
  SettlementError,
  type SettlementErrorCode,
  type SettlementErrorFacts,
} from './settlement-error';

/** What amounts count. */
export interface Currency {
  /** As people and limits spell it: `ATE`, `USDC`, `credits`. */
  code: string;
  /** The most places behind the point that an amount has. */
  decimals: number;
}

/** What an agent asks for one skill. */
export interface SkillTerms<AMOUNT extends Amount = Amount> {
  /** For one call, for `unitSize` units, or for a minute. */
  amount?: AMOUNT | undefined;
  /** How the price is meant: `per-request`, `per-unit`, `per-minute`, `negotiable`, … */
  pricingModel?: string | undefined;
  /** `per-unit`: how many units `amount` buys. */
  unitSize?: number | undefined;
}

/**
 * What an agent asks for its work, read from its card by the rail that understands the card. The price
 * is that of the asked skill. Where no skill is asked for, or one without a price, it is the highest.
 */
export interface AgentTerms<AMOUNT extends Amount = Amount> extends SkillTerms<AMOUNT> {
  /** The payee's account on this rail's ledger. */
  payee?: string | undefined;
  /** Without a payee: the ledgers on which the agent does have an account. */
  elsewhere?: string[] | undefined;
  /** With `elsewhere`: the ledger that this rail pays on, and the setting that names another. */
  here?: { ledger: string; setting: string } | undefined;
  /** A code alone is a currency without decimals. */
  currency?: Currency | string | undefined;
  /**
   * Payee and price are what the agent answers to a message that pays nothing: such a message goes out
   * first, and the answer to it is put to `challenge`. `payee`, `amount` and `currency` are a hint then.
   */
  isAsked?: boolean | undefined;
  /** The ids of all skills on the card. Undefined when it names none. */
  skills?: string[] | undefined;
  /** What each skill costs, when the asked skill does not say which price it is, and prices differ. */
  prices?: Record<string, SkillTerms<AMOUNT>> | undefined;
  /** The card marks the payment extension as required: the agent is never called unpaid. */
  required: boolean;
}

/**
 * What an agent answered. It is the agent's own word: nothing in it is true before the rail has matched
 * it with what it knows itself.
 */
export interface AgentAnswer {
  /** Of the task: `completed`, `input-required`, `failed`, … Undefined where there is none. */
  state?: string | undefined;
  /** What the agent attached to its message or task, a failed one included. */
  metadata?: unknown;
  /** Of an HTTP 402, in lower case. */
  headers?: Record<string, string> | undefined;
}

/** A payment that an agent asks for. */
export interface PaymentChallenge {
  /** Who gets it, as `allow.payees` lists payees and `approve` sees them. */
  payee: string;
  amount: Amount;
  currency: Currency;
  /** For the rail's own `hold`. Never written down, and never shown. */
  offer: JSONObject;
}

/** One hold to make. Nothing in it comes from a prompt. */
export interface HoldRequest {
  /** Unique, random, at most 255 characters: the ledger's key for this generation attempt. */
  taskId: string;
  payee: string;
  /** Without the fee. */
  amount: Amount;
  /** What `amount` counts. Undefined: the rail's own currency, without decimals. */
  currency?: Currency | undefined;
  ttlMinutes: number;
  taskType?: string | undefined;
  /** At most 36 characters, opaque: holds that may be for the same work share it. */
  group?: string | undefined;
  requiredAttestationLevel?: string | undefined;
  /** What the agent asked for, as this rail read it. Limits and approval have agreed to it. */
  challenge?: PaymentChallenge | undefined;
  /** For rails whose credential is bound to the agent. Undefined where the model has no card. */
  agent?: { id: string; card: unknown } | undefined;
}

/**
 * What is held for one payee until it is released, refunded, or the hold lapses. On rails whose agent
 * captures: a credential, that much of which the agent may take until then.
 */
export interface Hold<AMOUNT extends Amount = Amount> {
  /** The `name` of the rail that made it, and that finishes it, in this process or another. */
  readonly rail: string;
  readonly taskId: string;
  /** The ledger's id: an escrow, a nonce, a payment's hash, a token's digest. No credential. */
  readonly escrowId: string;
  readonly payee: string;
  /** What the payee gets on release, or may take. */
  readonly amount: AMOUNT;
  /** What the ledger takes on top. */
  readonly fee: AMOUNT;
  /** The currency's code. */
  readonly currency: string;
  /** The currency's decimals. Default: 0. */
  readonly decimals?: number | undefined;
  /** Where the hold lives: an exchange's URL, a CAIP-2 network, a backend's origin. */
  readonly exchangeUrl: string;
  readonly expiresAt: Date;
  /**
   * `task`: it pays all turns of the task that it was made for, and is kept while the agent asks back.
   * `message`: it pays the message that it went with, and ends with the answer; the next message needs
   * a hold of its own. Default: `task`.
   */
  readonly pays?: 'task' | 'message' | undefined;
  /**
   * The rail's own notes: enough to look the hold up, and to cancel it, in another process. They are
   * journaled, and where the rail has a `seal` they travel in the messages of a task that goes on. Never a
   * credential.
   */
  readonly state?: JSONObject | undefined;
}

/** Where a payment can be seen. */
export type Proof = {
  /** A transaction's hash. */
  transaction: string;
  /** CAIP-2, where it is a chain. */
  network: string;
  /** `agent`: the agent says so, and nobody else was asked. */
  confirmedBy: 'ledger' | 'agent';
};

/** How a hold ended. */
export type Settled<AMOUNT extends Amount = Amount> =
  /** More than was held, where the agent took more. */
  | { status: 'released'; amount: AMOUNT; fee: AMOUNT; proof?: Proof[] | undefined }
  | {
      status: 'partially-released';
      amount: AMOUNT;
      fee: AMOUNT;
      returned: AMOUNT;
      proof?: Proof[] | undefined;
    }
  | { status: 'refunded'; returned: AMOUNT; proof?: Proof[] | undefined }
  /** The agent took it, although it was to come back. */
  | { status: 'taken'; amount: AMOUNT; fee: AMOUNT; proof?: Proof[] | undefined }
  /** Somebody else rules on the hold and on `stake`, put up beside it. */
  | { status: 'disputed'; stake: AMOUNT }
  /** The hold had lapsed before the release: it went back to the payer. */
  | { status: 'late' };

/** The agent has not taken it yet, and may until then. After that the ledger decides. */
export interface Pending {
  status: 'pending';
  until: Date;
}

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
  /** On every request of the generation: its task is asked for, and canceled, under them too. */
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

/** Of one hold, once it is made. */
export interface HoldCapabilities {
  capturedBy: 'payer' | 'agent';
  partialRelease: boolean;
}

/** What the payer has. */
export interface RailBalance {
  amount: Amount;
  currency: Currency;
  /** What it is the balance of, where there are several: an account, a network, a plan. */
  of?: string | undefined;
}

/**
 * Who moves the money. The settlement machine drives a rail and knows no other detail of it.
 *
 * Where the payer captures, `hold` sets money aside, and `release` and `refund` move it. Where the agent
 * captures, `hold` obtains a credential, and `release` and `refund` say what became of it: by the
 * ledger where the rail can ask one, else by the agent's answer. They move nothing, but `refund` may
 * cancel what was not taken.
 *
 * Every method throws {@link SettlementError}. `release` and `refund` are safe to repeat: a hold
 * that already is in the asked state counts as success.
 */
export interface SettlementRail {
  /** Of the holds it makes (`hold.rail`). Never changes: journals of other processes name it. */
  readonly name: string;
  readonly capabilities: {
    /**
     * Whether the payer releases and refunds, or the agent captures. The bare `limits`, `price`,
     * `tokensPerCall` and `accountId` are for the former alone; the latter signs nothing in a currency
     * for which there is no limit by its code.
     */
    capturedBy: 'payer' | 'agent';
    /** Whether `release` can be asked for a part. Else use is not metered. */
    partialRelease: boolean;
    /** The most one hold can have. */
    maxAmount?: number;
  };
  /**
   * Where holds of one rail differ: who moves the money of this one, and whether a part of it can be
   * released. Read from the hold's own notes. The limits and prices that a call is held by are those of
   * `capabilities`. Default: `capabilities`.
   */
  capabilitiesOf?(hold: Hold): HoldCapabilities;
  /**
   * Loads what the rail settles with, where that is not loaded with the rail itself. It is called before
   * a call goes on under a hold that was kept; `hold` loads as much before it holds anything.
   */
  load?(): Promise<void>;
  /** Throws `NOT_CONFIGURED` when a credential is missing. Read when called, not when created. */
  assertConfigured(): void;
  /**
   * What the developer should know of how the rail is set up, told once: a call's warnings bear it.
   * Undefined when there is nothing, or nothing more.
   */
  notice?(): string | undefined;
  /** Reads payee and price from an agent card. Undefined when the card says nothing to this rail. */
  terms(agentCard: unknown, options: { skill?: string | undefined }): AgentTerms | undefined;
  /**
   * Reads what an agent asks for out of its answer to a message that paid nothing, or that it does not
   * take for paid. Undefined when it asks for nothing that this rail can pay: the next rail is asked. `hasLimit` says of a currency's code
   * whether it may be paid in, for who has a choice.
   */
  challenge?(
    answer: AgentAnswer,
    options: { hasLimit: (code: string) => boolean },
  ): PaymentChallenge | undefined;
  hold(request: HoldRequest, options?: CallOptions): Promise<Hold>;
  /**
   * `amount` below the held amount captures only that much, where the rail can. `answer`: what the agent
   * said last, where it is known.
   */
  release(
    hold: Hold,
    options?: CallOptions & { amount?: Amount | undefined; answer?: AgentAnswer | undefined },
  ): Promise<Settled | Pending>;
  /**
   * `reason` is a fixed code such as `task-failed`, never text of a person or an agent. With
   * `not-dispatched` the agent has surely not seen the hold, and cannot take it; with `unreachable` no
   * connection to it came about. Undefined `answer`: the agent's last word is not known, and it may have
   * delivered.
   */
  refund(
    hold: Hold,
    options?: CallOptions & { reason?: string | undefined; answer?: AgentAnswer | undefined },
  ): Promise<Settled | Pending>;
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
  /**
   * Looks a hold up where it lives. Undefined when there is none. Where the agent captures: `held` as long
   * as it may still be taken, `lapsed` when it was not and cannot be any more, `released` when it was.
   */
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
  /**
   * `agreedPrice`: whole tokens, where the price was negotiated. `isFirst`: the message begins the work
   * that this hold pays; later ones of the task may need no credential, or a new one.
   */
  decorate(
    hold: Hold,
    options?: { agreedPrice?: number | undefined; isFirst?: boolean | undefined },
  ): MessageDecoration | Promise<MessageDecoration>;
  /**
   * What a message carries on which nothing is held yet: where the agent is asked for its challenge, the
   * extension's URI. Without it, and `proposal`, no price is negotiable.
   */
  decorateOffer?(offer: PriceOffer): MessageDecoration;
  /** The price that an agent asks for, in what it attached to its answer. It is the agent's own word. */
  proposal?(answerMetadata: unknown): PriceProposal | undefined;
  /**
   * A code over a text that only this payer can make, the same on all the payer's machines. Without it a kept
   * hold is found by this process, or by the journal, alone.
   */
  seal?(text: string): Promise<string>;
  /** What the payer has, for who wants to show it. Nothing is decided by it. */
  balance?(options?: CallOptions): Promise<RailBalance[]>;
}
