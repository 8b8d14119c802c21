import type {
  JSONObject,
  JSONValue,
  LanguageModelV4CallOptions,
  LanguageModelV4Prompt,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import * as z from 'zod/v4';
import type { Hold, SettlementRail } from '../../rails/rail';
import { spellingOf } from '../state/agent-settings';
import { storedHold } from '../state/stored-hold';
import { isWaitingState } from '../state/task-states';

/** A hold of a task that continues. */
export interface KeptHold {
  /** The model id. */
  agent: string;
  hold: Hold;
  /** The agent's task. */
  taskId: string;
  /** Identifies the conversation's owner. */
  subject?: string | undefined;
  /** The agent's conversation, if this machine knows it. Not sealed: the task's id is. */
  contextId?: string | undefined;
  /** The agent's time for the task until now, or until `workingSince`, in milliseconds. */
  elapsedMs: number;
  /** When the agent continued to work, in milliseconds since 1970; undefined if it waits for its caller. */
  workingSince?: number;
  /**
   * Digests of the credentials that the agent sends with notifications. Not sealed: nobody else may know them.
   */
  webhook?: string[];
  /** The labels of the last call. Not sealed: holders of the messages need not see them. */
  labels?: Record<string, string>;
}

const keptMark = z.object({
  hold: storedHold,
  /** The agent's time for the task until then, in milliseconds. */
  elapsedMs: z.number(),
  workingSince: z.number().optional(),
  seal: z.string(),
});

/**
 * The mark of a kept hold in the conversation, with which any machine can continue under it: the hold, and a
 * seal over it, its agent, task and subject that only the payer's key can create. Without the seal, anyone who
 * holds the messages could insert the hold of another task.
 *
 * Undefined for rails without a key to seal with.
 */
export async function sealHold(
  rail: SettlementRail,
  kept: KeptHold,
): Promise<JSONObject | undefined> {
  const { elapsedMs, hold, workingSince } = kept;
  const seal = await sealOf(rail, kept);
  if (seal === undefined) return undefined;
  return {
    hold: inJson(hold),
    elapsedMs,
    ...(workingSince !== undefined && { workingSince }),
    seal,
  };
}

/**
 * The hold that a conversation names for this task, agent and subject, if the seal is this payer's own, on the
 * rail that the hold names. Other messages may follow it.
 */
export async function readSealedHold(
  rails: readonly SettlementRail[],
  {
    agent,
    prompt,
    subject,
    taskId,
  }: Pick<KeptHold, 'agent' | 'subject' | 'taskId'> & {
    prompt: LanguageModelV4Prompt;
  },
): Promise<KeptHold | undefined> {
  let tries = 0;
  for (const message of prompt.toReversed()) {
    if (message.role !== 'assistant') continue;
    for (const { providerOptions } of message.content.toReversed()) {
      const of = providerOptions?.['a2a']?.['taskId'];
      if (of !== undefined && of !== taskId) continue;
      const mark = readMark(providerOptions);
      if (mark === undefined) continue;
      // A browser can send any number of marks.
      if (++tries > mostTries) return undefined;
      const { elapsedMs, hold, seal, workingSince } = mark;
      const kept = {
        agent,
        hold,
        taskId,
        elapsedMs,
        ...(subject !== undefined && { subject }),
        ...(workingSince !== undefined && { workingSince }),
      };
      const rail = rails.find(({ name }) => name === hold.rail);
      if (rail !== undefined && (await sealOf(rail, kept)) === seal) return kept;
    }
  }
  return undefined;
}

const mostTries = 20;

/**
 * The key of the mark in the metadata of a part. Receipts are under `settlement`, where versions before this one
 * wrote the mark: stored conversations have it there.
 */
export const markKey = 'settlementHold';

function readMark(metadata: SharedV4ProviderMetadata | undefined) {
  return keptMark.safeParse(metadata?.[markKey] ?? metadata?.['settlement']).data;
}

/** Whether this part of an answer belongs to a task that waits for the next turn. */
export function isPausedPart(metadata: SharedV4ProviderMetadata | undefined): boolean {
  return isWaitingState(metadata?.['a2a']?.['state']);
}

/** Whether this part of an answer belongs to a task that its agent is still working on. */
export function isWorkingPart(metadata: SharedV4ProviderMetadata | undefined): boolean {
  const state = metadata?.['a2a']?.['state'];
  return state === 'submitted' || state === 'working';
}

/** The task that a call resumes without a message to its agent. */
export function resumedTask(
  providerOptions: LanguageModelV4CallOptions['providerOptions'] | undefined,
): string | undefined {
  return resumption.safeParse(providerOptions?.['a2a']).data?.resume.taskId;
}

const resumption = z.looseObject({ resume: z.looseObject({ taskId: z.string() }) });

function inJson({ decimals, pays, state, ...hold }: Hold): JSONObject {
  return {
    ...hold,
    expiresAt: hold.expiresAt.toISOString(),
    ...(decimals !== undefined && { decimals }),
    ...(pays !== undefined && { pays }),
    ...(state !== undefined && { state }),
  };
}

/** The same value, with sorted keys in each object. */
function toSorted(value: JSONValue | undefined): unknown {
  if (Array.isArray(value)) return value.map(toSorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, inner]) => [key, toSorted(inner)]);
}

/** Undefined if there is no key to seal with. */
async function sealOf(
  rail: SettlementRail,
  { agent, elapsedMs, hold, subject, taskId, workingSince }: KeptHold,
): Promise<string | undefined> {
  // Fields are listed one by one: a seal must not depend on the key order of a storage.
  const text = JSON.stringify([
    'kept',
    spellingOf(agent),
    subject ?? null,
    taskId,
    elapsedMs,
    hold.rail,
    hold.taskId,
    hold.escrowId,
    hold.payee,
    hold.amount,
    hold.fee,
    hold.currency,
    hold.exchangeUrl,
    hold.expiresAt,
    ...(workingSince === undefined ? [] : [workingSince]),
    // Omitted if undefined: older versions sealed without it.
    ...(hold.decimals === undefined ? [] : ['decimals', hold.decimals]),
    ...(hold.pays === undefined ? [] : ['pays', hold.pays]),
    ...(hold.state === undefined ? [] : ['state', toSorted(hold.state)]),
  ]);
  try {
    return await rail.seal?.(text);
  } catch {
    return undefined;
  }
}
