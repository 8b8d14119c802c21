import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  SharedV4ProviderMetadata,
  SharedV4Warning,
} from '@ai-sdk/provider';
import type { FinishedGeneration } from '../../internal/finished-generation';
import type { HoldRequest } from '../../rails/rail';
import type { ActiveHold } from '../hold/active-hold';
import type { CallConversation } from '../hold/conversation-of';
import type { KeptHold } from '../hold/kept-mark';
import type { KeptHolds } from '../hold/kept-holds';
import type { LostHolds } from '../hold/lost-holds';
import type { ParkedHolds } from '../hold/parked-holds';
import type { PaymentContext } from '../hold/payment-context';
import type { TaskTurn } from '../hold/task-turns';
import type { ResolvedSettlementOptions } from '../options/settlement-options';
import type { TaskAnswer } from '../outcome/agent-answer';
import type { PaidPlan } from '../plan/payment-plan';
import type { SettleTask } from '../recovery/settle-task';
import type { SettlementReceipt } from '../state/settlement-receipt';
import type { Outcome } from '../state/settlement-state';

/** One call, before it is paid. */
export interface SettledCall {
  model: LanguageModelV4;
  params: LanguageModelV4CallOptions;
  /** Calls the model, keeps its answer, and waits for its end. */
  ask: (params: LanguageModelV4CallOptions) => Promise<AnswerEnd | undefined>;
  /**
   * Calls the model, keeps its answer, and waits until it is known whether the agent first asks for something.
   */
  askFirst: (params: LanguageModelV4CallOptions) => Promise<TaskAnswer | undefined>;
}

/** How an answer ended. A stream that was cut off has no `AnswerEnd`. */
export type AnswerEnd = Pick<LanguageModelV4GenerateResult, 'finishReason' | 'providerMetadata'>;

/**
 * The payment of one generation, from its quote to its receipt. `HeldPayment` has a hold; `unpaid-payment`
 * creates payments without one.
 */
export interface Payment {
  /** The options that the model is called with. */
  readonly params: LanguageModelV4CallOptions;
  /** The agent has already answered, and is not called again: the kept answer is the result. */
  isAnswered: boolean;
  readonly warnings: SharedV4Warning[];
  /** Reads the task id from a part's metadata, and adds the metadata that a later turn needs. */
  mark(
    metadata: SharedV4ProviderMetadata | undefined,
  ): Promise<SharedV4ProviderMetadata | undefined>;
  /**
   * Settles, and returns the receipt as far as it is known within the time a caller should wait. `generation`
   * is the result of the call, possibly incomplete, and `answer` the agent's last answer.
   */
  settle(
    outcome: Outcome,
    generation?: FinishedGeneration,
    answer?: TaskAnswer,
  ): Promise<SettlementReceipt>;
  /** When the hold expires, in milliseconds since 1970. Undefined without a hold. */
  readonly lapsesAt?: number;
  /** The agent captures by itself: a call that it has received must not be repeated. */
  readonly isOnce?: boolean;
}

/** One generation under a hold. */
export interface HeldCall {
  active: ActiveHold;
  /** Present if the price was negotiated. */
  agreement?: { agreedPrice: number } | undefined;
  /** The task that continues under its hold. */
  continued?: KeptHold | undefined;
  conversation: CallConversation;
  /** The earlier hold of the same call. */
  earlier?: SettlementReceipt | undefined;
  plan: PaidPlan;
  /** The request of a hold that was made for this call. */
  request?: HoldRequest | undefined;
  /** The lock on the task that the call continues. */
  turn: TaskTurn | undefined;
  warnings?: SharedV4Warning[];
  model: LanguageModelV4;
  params: LanguageModelV4CallOptions;
}

/** Finds or makes the hold for a generation, or decides why it continues without one. */
export type BeginPayment = (call: SettledCall) => Promise<Payment>;

/** The dependencies of the payments of one settlement. */
export interface PaymentDeps {
  context: PaymentContext;
  kept: KeptHolds;
  lost: LostHolds;
  parked: ParkedHolds;
  options: ResolvedSettlementOptions;
  /** Loads the code that settles a task after its call has ended. */
  recovery: () => Promise<{ settleTask: SettleTask }>;
}
