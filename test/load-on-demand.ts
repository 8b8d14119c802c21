import { createSettlement, exchangeRail } from '../src/index';

let loading: Promise<unknown> | undefined;

/**
 * Loads what settlements load on demand. In virtual time it would come from its file in real time: a
 * schedule would go another way each time, or seem to stand still.
 */
export async function loadOnDemand(): Promise<void> {
  loading ??= load();
  await loading;
}

async function load(): Promise<void> {
  const rail = exchangeRail({ exchangeUrl: 'https://exchange.test', apiKey: 'key' });
  await rail.load?.();
  // Nothing is held for it, so nothing is asked of the exchange.
  await createSettlement({ rail, limits: { perCall: 1 } }).settleTask({ agent: 'a', taskId: 'b' });
}
