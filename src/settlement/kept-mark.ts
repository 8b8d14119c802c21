import type {
  JSONObject,
  LanguageModelV4CallOptions,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import { z } from 'zod/v4';
import type { Hold, SettlementRail } from '../rails/rail';
import { storedHold } from './stored-hold';

/** A hold under which a task goes on. */
export interface KeptHold {
  hold: Hold;
  /** The agent's task. */
  taskId: string;
  /** Milliseconds that the agent has taken for the task until now. */
  elapsedMs: number;
}

const keptMark = z.object({
  hold: storedHold,
  /** Milliseconds that the agent has taken for the task until then. */
  elapsedMs: z.number(),
  seal: z.string(),
});

/**
 * What a kept hold leaves in the conversation, so that any machine can go on under it: the hold, and
 * a seal over it and its task that only the payer's key can make. Whoever holds the messages could
 * otherwise swap in a hold of someone else's task.
 *
 * Undefined for rails without a key to seal with.
 */
export async function sealHold(
  rail: SettlementRail,
  kept: KeptHold,
): Promise<JSONObject | undefined> {
  const { elapsedMs, hold } = kept;
  const seal = await sealOf(rail, kept);
  if (seal === undefined) return undefined;
  return { hold: { ...hold, expiresAt: hold.expiresAt.toISOString() }, elapsedMs, seal };
}

/** The hold that a conversation says was kept for its task, if the seal is this payer's own. */
export async function readSealedHold(
  rail: SettlementRail,
  { prompt, providerOptions }: LanguageModelV4CallOptions,
): Promise<KeptHold | undefined> {
  const answer = prompt.findLast((message) => message.role === 'assistant');
  const asked = providerOptions?.['a2a']?.['taskId'];
  for (const part of [...(answer?.content ?? [])].reverse()) {
    if (typeof part === 'string') continue;
    const mark = keptMark.safeParse(part.providerOptions?.['settlement']);
    const taskId = asked ?? part.providerOptions?.['a2a']?.['taskId'];
    if (!mark.success || typeof taskId !== 'string') continue;
    const { elapsedMs, hold, seal } = mark.data;
    const kept = { hold, taskId, elapsedMs };
    if ((await sealOf(rail, kept)) === seal) return kept;
  }
  return undefined;
}

/** Whether this part of an answer returns with the next turn of a task that waits. */
export function isPausedPart(metadata: SharedV4ProviderMetadata | undefined): boolean {
  const state = metadata?.['a2a']?.['state'];
  return state === 'input-required' || state === 'auth-required';
}

/** Undefined where there is no key to seal with. */
async function sealOf(
  rail: SettlementRail,
  { elapsedMs, hold, taskId }: KeptHold,
): Promise<string | undefined> {
  // Listed one by one: a seal must not hang on the order a storage gives keys back in.
  const text = JSON.stringify([
    'kept',
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
  ]);
  try {
    return await rail.seal?.(text);
  } catch {
    return undefined;
  }
}
