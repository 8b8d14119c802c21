import type { JSONObject, JSONValue } from '@ai-sdk/provider';
import * as z from 'zod/v4';

/** The owner of a task. */
export interface TaskOwner {
  tenant?: string | undefined;
  userName: string;
  isAuthenticated: boolean;
}

/** A payment for a task that has not ended. */
export interface OpenSale {
  /** The id of the payment in the sale store. */
  sale: string;
  rail: string;
  owner?: TaskOwner | undefined;
  /** When the payment was first received. This and all other times: ISO 8601, UTC. */
  begunAt: string;
  /** The id of the turn, unique per process and turn. */
  turn: string;
  /** When the turn started, or when `reconcile` last processed it. */
  turnAt: string;
  /** The time until which it can be captured. */
  expiresAt: string;
  /** The time until which the locked money can be captured, if the rail states it. */
  captureBy?: string | undefined;
  /** The data from which the payment is restored. A credential. */
  storedPayment?: JSONObject | undefined;
  /** It was verified and recorded. */
  isVerified: boolean;
  /** The money is locked for the agent, which captures or refunds it later. */
  isLocked: boolean;
  /**
   * - `working`: it is verified, and the agent works.
   * - `waiting`: the agent has requested input.
   * - `refunding`: it must be refunded, and a refund has failed.
   * - `capturing`: the work is done and sent, and it must be captured.
   */
  phase: 'working' | 'waiting' | 'refunding' | 'capturing';
  /** The value of the work, as reported by the agent. */
  used?: number | undefined;
  /** The price of the task: a decimal string. Known after verification. */
  amount?: string | undefined;
  currency?: string | undefined;
  payer?: string | undefined;
  /** Artifacts that wait for the payment. */
  artifacts: readonly JSONValue[];
}

const object = z.record(z.string(), z.json());

export const openSaleSchema = z.object({
  sale: z.string(),
  rail: z.string(),
  owner: z
    .object({ tenant: z.string().optional(), userName: z.string(), isAuthenticated: z.boolean() })
    .optional(),
  begunAt: z.iso.datetime(),
  turn: z.string(),
  turnAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  captureBy: z.iso.datetime().optional(),
  storedPayment: object.optional(),
  isVerified: z.boolean(),
  isLocked: z.boolean(),
  phase: z.enum(['working', 'waiting', 'refunding', 'capturing']),
  used: z.number().optional(),
  amount: z.string().optional(),
  currency: z.string().optional(),
  payer: z.string().optional(),
  artifacts: z.array(z.json()),
}) satisfies z.ZodType<OpenSale>;

/** The payment at the start of a new turn. */
export function inNewTurn(sale: Omit<OpenSale, 'phase' | 'turn' | 'turnAt'>): OpenSale {
  return {
    ...sale,
    turn: crypto.randomUUID(),
    turnAt: new Date().toISOString(),
    phase: 'working',
  };
}

/** A payment that its payer has not released yet. */
export interface OwedSale {
  sale: string;
  rail: string;
  begunAt: string;
  taskId: string;
  currency: string;
  owed: JSONObject;
}

export const owedSaleSchema = z.object({
  sale: z.string(),
  rail: z.string(),
  begunAt: z.iso.datetime(),
  taskId: z.string(),
  currency: z.string(),
  owed: object,
}) satisfies z.ZodType<OwedSale>;

/** How the sale of a task ends. `settling`: it is being captured, or was captured. */
export type SaleEnd = 'canceled' | 'settling';

export const saleEndSchema = z.enum(['canceled', 'settling']);
