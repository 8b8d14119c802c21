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

/** One call, before anything is paid for it. */
export interface SettledCall {
  model: LanguageModelV4;
  params: LanguageModelV4CallOptions;
  /** Calls the model, keeps its answer, and waits for the end of that. */
  ask: (params: LanguageModelV4CallOptions) => Promise<AnswerEnd | undefined>;
  /** Calls the model, keeps its answer, and waits until it is known whether the agent asks for something first. */
  askFirst: (params: LanguageModelV4CallOptions) => Promise<TaskAnswer | undefined>;
}

/** How an answer ended. A stream that was cut off has none. */
export type AnswerEnd = Pick<LanguageModelV4GenerateResult, 'finishReason' | 'providerMetadata'>;

/**
 * The payment of one generation, from its quote to its receipt. `HeldPayment` is one under a hold;
 * `unpaid-payment` makes those without.
 */
export interface Payment {
  /** What the model is called with. */
  readonly params: LanguageModelV4CallOptions;
  /** The agent has answered already, and is not called again: the answer that the call kept is the result. */
  isAnswered: boolean;
  readonly warnings: SharedV4Warning[];
  /** Notes what a part tells of its task, and marks what a later turn must find again. */
  mark(
    metadata: SharedV4ProviderMetadata | undefined,
  ): Promise<SharedV4ProviderMetadata | undefined>;
  /**
   * Settles, and returns what can be said of it within the time a caller should wait. `generation`
   * is what came of the call, as far as it went, and `answer` what its agent said last.
   */
  settle(
    outcome: Outcome,
    generation?: FinishedGeneration,
    answer?: TaskAnswer,
  ): Promise<SettlementReceipt>;
  /** When the hold lapses, in milliseconds since 1970. Undefined where nothing is held. */
  readonly lapsesAt?: number;
  /** The agent takes the money by itself: a call that it has received is not to be made again. */
  readonly isOnce?: boolean;
}

/** One generation under a hold. */
export interface HeldCall {
  active: ActiveHold;
  /** Where the price was negotiated. */
  agreement?: { agreedPrice: number } | undefined;
  /** The task that goes on under its hold. */
  continued?: KeptHold | undefined;
  conversation: CallConversation;
  /** What the same call was held for before. */
  earlier?: SettlementReceipt | undefined;
  plan: PaidPlan;
  /** What a hold that was made for this call was asked for with. */
  request?: HoldRequest | undefined;
  /** Of the task that the call goes on with. */
  turn: TaskTurn | undefined;
  warnings?: SharedV4Warning[];
  model: LanguageModelV4;
  params: LanguageModelV4CallOptions;
}

/** Finds or makes the hold for a generation, or says why it goes on without. */
export type BeginPayment = (call: SettledCall) => Promise<Payment>;

/** What the payments of one settlement need. */
export interface PaymentDeps {
  context: PaymentContext;
  kept: KeptHolds;
  lost: LostHolds;
  parked: ParkedHolds;
  options: ResolvedSettlementOptions;
  /** Loads the code that settles a task after its call has ended. */
  recovery: () => Promise<{ settleTask: SettleTask }>;
}
