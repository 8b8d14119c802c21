import type { JSONObject } from '@ai-sdk/provider';
import type { SettlementReceipt } from '../../../src/index';
import type { Mortal } from '../mortal';
import type { Sale } from './sale';

export type TaskState =
  | 'working'
  | 'input-required'
  | 'completed'
  | 'failed'
  | 'rejected'
  | 'canceled';

/** One call of an application, which may be several tries, each of several messages. */
export interface Purchase {
  sale: Sale;
  process: Mortal;
  /** Another call about the same task was sent at the same time. */
  isTwin: boolean;
  /** Of other calls at the same time. */
  isCrowded: boolean;
  /** What its approval said yes to. */
  approved: { payee: string; amount: string; currency: string | undefined }[];
  /** What was signed, or minted, for it. */
  payments: Payment[];
  messages: Message[];
  at: number;
  /** When its process saw its end, if it lived to. */
  endedAt: number;
  /** Its process lived to see its end, and what came after that. */
  sawEnd: boolean;
  /** Its process died, and had all in its journal that it wanted there. */
  isWritten: boolean;
  error?: unknown;
  /** Of its result. */
  receipt?: SettlementReceipt | undefined;
  /** All that its caller got. */
  result?: string | undefined;
}

/** One promise to pay, as it really went. */
export interface Payment {
  rail: 'x402' | 'nevermined';
  /** The escrow id of its hold. */
  id: string;
  call: Purchase;
  payee: string;
  /** As it was signed, in the smallest unit. */
  amount: bigint;
  currency: string;
  at: number;
  /** The true time from which on nobody can take it. */
  overAt: number;
  /** The agent has it, or may have it. */
  isShown: boolean;
  /** What was taken, without what its ledger refused. */
  taken: { amount: bigint; at: number; transaction: string }[];
  /** What the agent said of it, in the smallest unit, in an answer that its caller got. */
  said: bigint[];
  /** What the agent ever said of it. */
  saidOfTask: bigint[];
}

/** One message to an agent. */
export interface Message {
  call: Purchase;
  task: SoldTask | undefined;
  /** What pays for it; in later turns, what paid the first. */
  payment: Payment | undefined;
  /** It carried a payment itself. */
  isPaying: boolean;
  isSent: boolean;
  /** The agent asked to be paid. */
  isAsking: boolean;
  state: TaskState | undefined;
  at: number;
  /** Whoever called has heard of its end. */
  overAt: number;
  abortedAt: number | undefined;
  /** Ends when the agent has gone to the end of its turn. */
  ended: Promise<void>;
}

export interface SoldTask {
  seller: Sale['seller'];
  id: string;
  contextId: string;
  state: TaskState;
  messages: Message[];
  /** What pays it. */
  payments: Payment[];
  /** The turn that gave it its state. */
  sale: Sale;
  /** What the agent attaches to it. */
  attached: JSONObject;
}

/** What somebody said became of a payment. */
export interface PaymentEnd {
  status: SettlementReceipt['status'];
  /** In the smallest unit. */
  captured: bigint;
  /** When, as far as that is known. */
  at: number;
  /** The event was told, and not only reported. */
  isTold: boolean;
}
