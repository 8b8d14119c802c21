import * as z from 'zod/v4';
import type { HoldRequest } from '../../rails/rail';
import { refundReasons, type SettlementAction } from './settlement-state';
import { storedAmount, storedHold } from './stored-hold';

/** How use becomes tokens: `baseTokens` for `per` requests, units or milliseconds. */
export interface UseMetering {
  of: 'requests' | 'units' | 'milliseconds';
  baseTokens: number;
  per: number;
}

/** How an answer becomes tokens; where no skill was named, by the skill that the answer names. */
export type Metering = UseMetering | { of: 'skill'; prices: Record<string, UseMetering> };

const request = z.object({
  taskId: z.string(),
  payee: z.string(),
  amount: storedAmount,
  ttlMinutes: z.number(),
}) satisfies z.ZodType<HoldRequest, unknown>;

const action = z.discriminatedUnion('type', [
  z.object({ type: z.literal('release'), amount: storedAmount.optional() }),
  z.object({ type: z.literal('refund'), reason: z.enum(refundReasons) }),
  z.object({
    type: z.literal('dispute'),
    reason: z.enum(refundReasons),
    stake: z.number(),
  }),
]) satisfies z.ZodType<SettlementAction, unknown>;

const useMetering = z.object({
  of: z.enum(['requests', 'units', 'milliseconds']),
  baseTokens: z.number(),
  per: z.number(),
});

const storedLabels = z.record(z.string(), z.string());

const work = z.object({
  startedAt: z.number(),
  earlierMs: z.number(),
  metering: z
    .union([
      useMetering,
      z.object({ of: z.literal('skill'), prices: z.record(z.string(), useMetering) }),
    ])
    .optional(),
  webhook: z.array(z.string()).optional(),
  labels: storedLabels.optional(),
  subject: z.string().optional(),
  contextId: z.string().optional(),
});

/** What the use of a hold is measured by, and who may tell of it. */
export interface Work {
  /** When the agent was called for this turn, in milliseconds since 1970. */
  startedAt: number;
  /** Milliseconds that the agent took for earlier turns of the task. */
  earlierMs: number;
  metering?: Metering | undefined;
  /** Digests of what the agent shows when it tells of the task. */
  webhook?: string[] | undefined;
  /** Of the call. */
  labels?: Record<string, string> | undefined;
  /** Stands for whose conversation it is. */
  subject?: string | undefined;
  /** The agent's name for the conversation, as far as it is known. */
  contextId?: string | undefined;
}

const common = {
  /** The model id. */
  agent: z.string(),
  /** When it was written, in milliseconds since 1970, by the ledger's clock where that is known. */
  at: z.number(),
  /** Stands for whose conversation it is. */
  subject: z.string().optional(),
};

export const journalEntry = z.discriminatedUnion('type', [
  /** The agent works under this hold, whether or not a call waits for it. */
  z.object({
    ...common,
    type: z.literal('open'),
    hold: storedHold,
    work,
    task: z.string().optional(),
    /** Nothing was sent under this hold, and no call is under way with it. */
    isIdle: z.boolean().optional(),
  }),
  /** The agent waits for the caller. */
  z.object({ ...common, type: z.literal('kept'), hold: storedHold, work, task: z.string() }),
  /** It is decided what becomes of the hold, but not known whether it happened. */
  z.object({
    ...common,
    type: z.literal('settling'),
    hold: storedHold,
    action,
    task: z.string().optional(),
    webhook: z.array(z.string()).optional(),
    labels: storedLabels.optional(),
    /** The agent captures, and the process that wrote it is about to look whether it did. */
    isUnderWay: z.boolean().optional(),
  }),
  /** The answer to the hold was lost, and no agent was called for it: whatever is held goes back. */
  z.object({
    ...common,
    type: z.literal('lost'),
    request,
    labels: storedLabels.optional(),
    /** Where it was asked for. Older versions knew one rail only. */
    rail: z.string().optional(),
  }),
]);

/** What is not settled yet, as a later process must know it. Holds no prompt, no answer, no key. */
export type JournalEntry = z.infer<typeof journalEntry>;

/** In the order in which a hold goes through them. */
export const stages = ['lost', 'held', 'working', 'kept', 'settling'] as const;
export type Stage = (typeof stages)[number];

export function stageOf(entry: JournalEntry): Stage {
  if (entry.type !== 'open') return entry.type;
  return entry.task === undefined ? 'held' : 'working';
}

/** A decision stands whenever it was written; else the next turn of a kept hold is later than the first. */
export function later(one: JournalEntry | undefined, other: JournalEntry): JournalEntry {
  if (one === undefined || other.type === 'settling') return other;
  if (one.type === 'settling') return one;
  if (one.at !== other.at) return one.at > other.at ? one : other;
  return stages.indexOf(stageOf(one)) > stages.indexOf(stageOf(other)) ? one : other;
}

/** The agent's task. The stage before it may know it when the last one does not. */
export function taskOf(entries: JournalEntry[]): string | undefined {
  return entries
    .map((entry) => (entry.type === 'lost' ? undefined : entry.task))
    .findLast((task) => task !== undefined);
}

/** Of the hold, on the ledger. */
export function taskIdOf(entry: JournalEntry): string {
  return entry.type === 'lost' ? entry.request.taskId : entry.hold.taskId;
}
