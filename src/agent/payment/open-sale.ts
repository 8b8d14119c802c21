import type { JSONObject, JSONValue } from '@ai-sdk/provider';
import * as z from 'zod/v4';

/** Whose a task is. */
export interface TaskOwner {
  tenant?: string | undefined;
  userName: string;
  isAuthenticated: boolean;
}

/** A payment that pays for a task which is not over. */
export interface OpenSale {
  /** Stands for the payment in the books. */
  sale: string;
  rail: string;
  owner?: TaskOwner | undefined;
  /** When the payment was first shown. This and all times: ISO 8601, UTC. */
  begunAt: string;
  /** Stands for the turn: the same only in what one process writes of it. */
  turn: string;
  /** When the turn began, or was looked after last. */
  turnAt: string;
  /** Until when it can be taken. */
  expiresAt: string;
  /** Until when what is locked can be taken, where the rail says so. */
  captureBy?: string | undefined;
  /** What the payment is read from again. A credential. */
  storedPayment?: JSONObject | undefined;
  /** It was found good, and is in the books. */
  isVerified: boolean;
  /** The money is locked for the agent, which takes it or gives it back later. */
  isLocked: boolean;
  /**
   * - `working`: it is verified, and the agent works.
   * - `waiting`: the agent has asked its caller something.
   * - `refunding`: it is to be given back, and could not be yet.
   * - `capturing`: the work is done and shown, and it is to be taken.
   */
  phase: 'working' | 'waiting' | 'refunding' | 'capturing';
  /** What the work is worth, as the agent said. */
  used?: number | undefined;
  /** What the task costs: a decimal text. Known once it is verified. */
  amount?: string | undefined;
  currency?: string | undefined;
  payer?: string | undefined;
  /** What was made, and waits to be paid. */
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

/** A payment as a turn has it that begins now. */
export function inNewTurn(sale: Omit<OpenSale, 'phase' | 'turn' | 'turnAt'>): OpenSale {
  return {
    ...sale,
    turn: crypto.randomUUID(),
    turnAt: new Date().toISOString(),
    phase: 'working',
  };
}

/** A payment whose payer has to release it yet. */
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

/** How the sale of a task ends. `settling`: it is being taken, or was. */
export type SaleEnd = 'canceled' | 'settling';

export const saleEndSchema = z.enum(['canceled', 'settling']);
