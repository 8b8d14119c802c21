import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  SharedV4Warning,
} from '@ai-sdk/provider';
import type { HoldRequest } from '../../rails/rail';
import type { SettleTask } from '../recovery/settle-task';
import type { ActiveHold } from '../hold/active-hold';
import type { PaymentContext } from '../hold/payment-context';
import type { KeptHold } from '../hold/kept-mark';
import type { KeptHolds } from '../hold/kept-holds';
import type { LostHolds } from '../hold/lost-holds';
import type { ParkedHolds } from '../hold/parked-holds';
import type { TaskTurn } from '../hold/task-turns';
import type { ResolvedSettlementOptions } from '../options/settlement-options';
import type { CallConversation } from '../hold/conversation-of';
import type { PaidPlan } from '../plan/payment-plan';

/** What one settlement arranges its payments with. */
export interface Arranging {
  context: PaymentContext;
  kept: KeptHolds;
  lost: LostHolds;
  parked: ParkedHolds;
  options: ResolvedSettlementOptions;
  settleTask: SettleTask;
}

/** One generation under a hold. */
export interface PaidCall {
  /** Where the price was negotiated. */
  agreement?: { agreedPrice: number } | undefined;
  /** The task that goes on under its hold. */
  continued?: KeptHold | undefined;
  conversation: CallConversation;
  payment: ActiveHold;
  plan: PaidPlan;
  /** What a hold that was made for this call was asked for with. */
  request?: HoldRequest | undefined;
  /** Of the task that the call goes on with. */
  turn: TaskTurn | undefined;
  warnings?: SharedV4Warning[];
  model: LanguageModelV4;
  params: LanguageModelV4CallOptions;
}
