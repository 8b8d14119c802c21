import { InvalidArgumentError, type LanguageModelV4Middleware } from '@ai-sdk/provider';
import { onDemand } from '../internal/on-demand';
import type { SettlementRail } from '../rails/rail';
import type { SettlementOptions } from './options/settlement-options';
import { assertSettlementOptions } from './options/settlement-options-schema';
import type { HandlePushNotification } from './recovery/handle-push-notification';
import type { ReconcileOptions, ReconcileReport } from './recovery/reconcile';
import type { SettleTask } from './recovery/settle-task';
import { createMiddleware } from './settle/settlement-middleware';
import {
  SettlementEvents,
  type SettlementEventName,
  type SettlementListener,
} from './state/settlement-events';

export interface Settlement {
  /** For `wrapLanguageModel`, `wrapProvider` and registries. Put it next to the model, inside other middleware. */
  readonly middleware: LanguageModelV4Middleware;
  /** Listens; returns a function that stops listening. */
  on(event: SettlementEventName, listener: SettlementListener): () => void;
  /** Finishes what this process, or another on the same journal, left unsettled. Run it now and then. */
  reconcile(options?: ReconcileOptions): Promise<ReconcileReport>;
  /**
   * A route handler for the push notifications of agents (`providerOptions.a2a.pushNotification`): it
   * settles tasks that outlived the function which began them. The content of a notification is not
   * trusted: it only triggers a status query, and only if it shows the token or the credentials that the
   * task was begun with. Needs the journal of the process that began it.
   *
   * 200: settled, or nothing to settle. 202: the task goes on, or nothing is known of it. 400, 401,
   * 405, 413: no notification, or none that is let in. 503: could not be settled now, come again.
   *
   * Never throws.
   *
   * @example
   * ```ts
   * // app/api/a2a-webhook/route.ts
   * export const POST = (request: Request) => settlement.handlePushNotification(request, { provider: a2a });
   * ```
   */
  handlePushNotification: HandlePushNotification;
  /**
   * Settles a task that no call waits for, if its agent says that it has ended: for those who ask for
   * it by themselves. Returns the receipt: `kept` while the task goes on, `pending` when nobody can say
   * or the exchange cannot be reached, `unsettled` for the reason `NO_HOLD` when the journal knows
   * nothing (any more) that is held for it.
   *
   * @throws whatever the journal's storage throws when it cannot be read.
   *
   * @example
   * ```ts
   * const begun = await generateText({
   *   model,
   *   prompt: 'Compare the prices of ten shops',
   *   providerOptions: { a2a: { returnImmediately: true } },
   * });
   * // Later:
   * const { status } = await settlement.settleTask(begun, { provider: a2a });
   * ```
   */
  settleTask: SettleTask;
}

/**
 * The code that settles is loaded with the first settled call.
 *
 * @throws InvalidArgumentError for options that do not exist, or make no sense.
 */
export function createSettlement(
  given: SettlementOptions,
  defaultRail: (options: Pick<SettlementOptions, 'apiKey' | 'exchangeUrl'>) => SettlementRail,
): Settlement {
  assertSettlementOptions(given);
  const { apiKey, exchangeUrl, rail: only, rails: several, ...others } = given;
  const rails = several ?? [only ?? defaultRail({ apiKey, exchangeUrl })];
  const events = new SettlementEvents();
  const load = onDemand('settlements', async () => {
    const { createSettling } = await import('./settling');
    return createSettling({ ...others, rails }, events);
  });

  const settlement: Settlement = {
    middleware: createMiddleware({
      load: async () => (await load()).generations,
      options: others,
    }),
    on: (name, listener) => events.on(name, listener),
    reconcile: async (options) => (await load()).reconcile(options),
    handlePushNotification: async (...call) => {
      const loaded = await load().catch(() => undefined);
      return loaded?.handlePushNotification(...call) ?? new Response(null, { status: 503 });
    },
    settleTask: async (...call) => (await load()).settleTask(...call),
  };
  return refuseAsMiddleware(
    settlement,
    'A settlement is no middleware itself. Write `middleware: settlement.middleware`, or `middleware: settlementMiddleware()`.',
  );
}

/**
 * Lets what is given as middleware by mistake say what to write. The AI SDK would find no hook on it,
 * and call the model unpaid.
 */
export function refuseAsMiddleware<VALUE extends object>(value: VALUE, message: string): VALUE {
  for (const hook of ['transformParams', 'wrapGenerate', 'wrapStream']) {
    Object.defineProperty(value, hook, {
      get() {
        throw new InvalidArgumentError({ argument: 'middleware', message });
      },
    });
  }
  return value;
}
