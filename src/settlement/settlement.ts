import type { LanguageModelV4Middleware } from '@ai-sdk/provider';
import type { CallOptions } from '../rails/rail';
import type { HandlePushNotification } from './recovery/handle-push-notification';
import type { BalanceReport } from './recovery/list-balances';
import type { HoldReport } from './recovery/list-holds';
import type { ReconcileOptions, ReconcileReport } from './recovery/reconcile';
import type { SettleTask } from './recovery/settle-task';
import type { SettlementEventName, SettlementListener } from './state/settlement-events';

/** What `createSettlement` returns. */
export interface Settlement {
  /** For `wrapLanguageModel`, `wrapProvider` and registries. Put it next to the model, inside other middleware. */
  readonly middleware: LanguageModelV4Middleware;
  /**
   * Adds a listener. Returns a function that removes it.
   *
   * @throws InvalidArgumentError for an event that does not exist.
   */
  on(event: SettlementEventName, listener: SettlementListener): () => void;
  /**
   * Settles holds that this process, or another with the same journal, left unsettled. Run it periodically.
   *
   * @throws any error of the journal's storage, if it cannot be read.
   *
   * @example
   * ```ts
   * // app/api/cron/reconcile/route.ts
   * export async function GET() {
   *   const { settled, open, unresolved } = await settlement.reconcile({ provider: a2a });
   *   return Response.json({ settled, open: open.length, unresolved });
   * }
   * ```
   */
  reconcile(options?: ReconcileOptions): Promise<ReconcileReport>;
  /**
   * A route handler for the push notifications of agents (`providerOptions.a2a.pushNotification`): it settles
   * tasks that outlived the function which started them. The content of a notification is not trusted: it only
   * triggers a status query, and only if it carries the token or the credentials that the task was started
   * with. Needs the journal of the process that started the task.
   *
   * Status codes. 200: settled, or nothing to settle. 202: the task is still running, or is unknown. 400, 401,
   * 405, 413: not a notification, or not an authorized one. 503: could not be settled now; the agent should
   * retry.
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
   * Settles a task that no call waits for, if its agent reports that it has ended: for applications that poll.
   * Returns the receipt: `kept` while the task is running, `pending` if the agent or the exchange cannot be
   * reached, or if the process that held had a `verify` or `meter` and this one has not, `unsettled` with the
   * reason `NO_HOLD` if the journal has no hold for it.
   *
   * @throws any error of the journal's storage, if it cannot be read.
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
  /**
   * The payer's balances on all rails, for display: no decision depends on them. `failed` has the rails that could
   * not be asked.
   *
   * @example
   * ```ts
   * const { balances } = await settlement.balance();
   * // [{ rail: 'a2a-se', account: '4f1c…', available: 989, held: 11, currency: 'ATE', decimals: 0 }]
   * ```
   */
  balance(options?: CallOptions): Promise<BalanceReport>;
  /**
   * The holds under way that this payer made with this package, by any process: those that the ledgers list, and
   * for ledgers that cannot list, those of the journal and of the receipt store. `failed` has the rails that could
   * not be asked; for those, the holds of the journal are listed.
   *
   * @throws any error of the journal's storage, or of the receipt store, if it cannot be read.
   */
  holds(options?: CallOptions): Promise<HoldReport>;
}
