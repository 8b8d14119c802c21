import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { HeldPayment } from './held-payment';

/** Holds whose tasks wait for the caller, until the next turn takes them up or they lapse. */
export class KeptPayments {
  private readonly byTask = new Map<string, HeldPayment>();

  keep(modelId: string, payment: HeldPayment): void {
    for (const [key, kept] of this.byTask) {
      if (isLapsing(kept)) this.byTask.delete(key);
    }
    const taskId = payment.keptFor;
    if (taskId !== undefined) this.byTask.set(keyOf(modelId, taskId), payment);
  }

  /** Takes the hold of the task this call continues, if there is one that lasts long enough. */
  take(modelId: string, params: LanguageModelV4CallOptions): HeldPayment | undefined {
    for (const taskId of taskIdsOf(params)) {
      const key = keyOf(modelId, taskId);
      const payment = this.byTask.get(key);
      if (payment === undefined) continue;
      // Taken out at once: two calls that continue one task must not both go on under its hold.
      this.byTask.delete(key);
      if (isLapsing(payment)) return undefined;
      payment.continue();
      return payment;
    }
    return undefined;
  }
}

/** A hold that lapses within this time cannot be counted on for another turn. */
const marginMs = 30_000;

function isLapsing({ hold }: HeldPayment): boolean {
  return hold.expiresAt.getTime() - Date.now() < marginMs;
}

function keyOf(modelId: string, taskId: string): string {
  return JSON.stringify([modelId, taskId]);
}

/**
 * The tasks a call may continue, likeliest first. That a task is in the prompt proves nothing: only
 * one that this process has a hold for counts.
 */
function taskIdsOf({ prompt, providerOptions }: LanguageModelV4CallOptions): string[] {
  const asked = providerOptions?.['a2a']?.['taskId'];
  const answered = prompt
    .findLast((message) => message.role === 'assistant')
    ?.content.map((part) =>
      typeof part === 'string' ? undefined : part.providerOptions?.['a2a']?.['taskId'],
    );
  return [asked, ...(answered ?? []).reverse()].filter((taskId) => typeof taskId === 'string');
}
