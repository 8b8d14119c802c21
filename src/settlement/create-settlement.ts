import { InvalidArgumentError } from '@ai-sdk/provider';
import { onDemand } from '../internal/on-demand';
import type { SettlementRail } from '../rails/rail';
import type { SettlementOptions } from './options/settlement-options';
import { assertSettlementOptions } from './options/settlement-options-schema';
import { createMiddleware } from './settle/settlement-middleware';
import type { Settlement } from './settlement';
import { SettlementEvents } from './state/settlement-events';

/** @throws InvalidArgumentError for unknown or invalid options. */
export function createSettlement(
  given: SettlementOptions,
  defaultRail: (options: Pick<SettlementOptions, 'apiKey' | 'exchangeUrl'>) => SettlementRail,
): Settlement {
  assertSettlementOptions(given);
  const { apiKey, exchangeUrl, rail: only, rails: several, ...others } = given;
  const rails = several ?? [only ?? defaultRail({ apiKey, exchangeUrl })];
  const events = new SettlementEvents();
  const load = onDemand('settlements', async () => {
    const { createSettling } = await loadSettling();
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
    balance: async (options) => (await load()).balance(options),
    holds: async (options) => (await load()).holds(options),
  };
  return refuseAsMiddleware(
    settlement,
    'A settlement is not a middleware. Write `middleware: settlement.middleware`, or `middleware: settlementMiddleware()`.',
  );
}

const loadSettling = /* @__PURE__ */ onDemand('settlements', () => import('./settling'));

/**
 * Throws for a settlement that is passed as middleware by mistake. The AI SDK would find no hook on it, and
 * would call the model without payment.
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
