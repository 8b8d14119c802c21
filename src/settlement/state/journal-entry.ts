import * as z from 'zod/v4';
import type { HoldRequest } from '../../rails/rail';
import { refundReasons, type SettlementAction } from './settlement-state';
import { storedAmount, storedHold } from './stored-hold';

/** How use is converted to tokens: `baseTokens` for each `per` requests, units or milliseconds. */
export interface UseMetering {
  of: 'requests' | 'units' | 'milliseconds';
  baseTokens: number;
  per: number;
}

/** How an answer is converted to tokens; if the call named no skill, by the skill that the answer names. */
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
  isJudged: z.boolean().optional(),
});

/** What is needed to measure the use of a hold, and to authenticate notifications about it. */
export interface Work {
  /** When the agent was called for this turn, in milliseconds since 1970. */
  startedAt: number;
  /** The agent's time for earlier turns of the task, in milliseconds. */
  earlierMs: number;
  metering?: Metering | undefined;
  /** Digests of the credentials that the agent sends with notifications of the task. */
  webhook?: string[] | undefined;
  /** The labels of the call. */
  labels?: Record<string, string> | undefined;
  /** An identifier of the conversation's owner. */
  subject?: string | undefined;
  /** The agent's id of the conversation, if it is known. */
  contextId?: string | undefined;
  /** The process has a `verify` or `meter`: one without them cannot tell what the answer is worth. */
  isJudged?: boolean | undefined;
}

const common = {
  /** The model id. */
  agent: z.string(),
  /** When it was written, in milliseconds since 1970, by the ledger's clock if that is known. */
  at: z.number(),
  /** An identifier of the conversation's owner. */
  subject: z.string().optional(),
};

export const journalEntry = z.discriminatedUnion('type', [
  /** The agent works under this hold, with or without a waiting call. */
  z.object({
    ...common,
    type: z.literal('open'),
    hold: storedHold,
    work,
    task: z.string().optional(),
    /** Nothing was sent under this hold, and no call is using it. */
    isIdle: z.boolean().optional(),
  }),
  /** The agent waits for the caller. */
  z.object({ ...common, type: z.literal('kept'), hold: storedHold, work, task: z.string() }),
  /** The settlement of the hold is decided, but its result is not known. */
  z.object({
    ...common,
    type: z.literal('settling'),
    hold: storedHold,
    action,
    task: z.string().optional(),
    webhook: z.array(z.string()).optional(),
    labels: storedLabels.optional(),
    /** The agent captures, and the process that wrote the entry is about to check whether it did. */
    isUnderWay: z.boolean().optional(),
  }),
  /** The response to the hold was lost, and no agent was called: a hold that exists is refunded. */
  z.object({
    ...common,
    type: z.literal('lost'),
    request,
    labels: storedLabels.optional(),
    /** The rail that the hold was requested on. Older versions supported one rail only. */
    rail: z.string().optional(),
  }),
]);

/** What a later process has to know of an unsettled hold. Contains no prompt, no answer, no key. */
export type JournalEntry = z.infer<typeof journalEntry>;

/** The stages of a hold, in order. */
export const stages = ['lost', 'held', 'working', 'kept', 'settling'] as const;
export type Stage = (typeof stages)[number];

export function stageOf(entry: JournalEntry): Stage {
  if (entry.type !== 'open') return entry.type;
  return entry.task === undefined ? 'held' : 'working';
}

/** A decision is final whenever it was written; otherwise the entry of the later turn wins. */
export function later(one: JournalEntry | undefined, other: JournalEntry): JournalEntry {
  if (one === undefined || other.type === 'settling') return other;
  if (one.type === 'settling') return one;
  if (one.at !== other.at) return one.at > other.at ? one : other;
  return stages.indexOf(stageOf(one)) > stages.indexOf(stageOf(other)) ? one : other;
}

/** The agent's task. An earlier stage may know it if the last one does not. */
export function taskOf(entries: JournalEntry[]): string | undefined {
  return entries
    .map((entry) => (entry.type === 'lost' ? undefined : entry.task))
    .findLast((task) => task !== undefined);
}

/** The hold's task id on the ledger. */
export function taskIdOf(entry: JournalEntry): string {
  return entry.type === 'lost' ? entry.request.taskId : entry.hold.taskId;
}
