import type { AcceptedPayment, PaymentClaim, Sale, SaleOutcome } from '../../../src/agent';
import { SHOP_URL } from './shop';

type CoinState = 'free' | 'locked' | 'taken' | 'void';

/** How a rail in memory behaves. A test changes it as it goes on. */
interface CoinsControl {
  /** How often a coin cannot be given back. */
  failsToGiveBack: number;
  settle: () => Promise<SaleOutcome>;
  /** Runs before a coin is verified, again too. */
  verifying: (id: string) => Promise<void>;
}

/** A rail in memory: coins by their names, in `metadata.coin` of messages. */
export function coins({
  goodForMs = 3_600_000,
  isLocked = false,
}: {
  goodForMs?: number;
  /** Whether a coin is locked before the work. */
  isLocked?: boolean;
} = {}) {
  const states = new Map<string, CoinState>();
  const control: CoinsControl = {
    failsToGiveBack: 0,
    settle: async () => ({ status: 'settled', amount: 1 }),
    verifying: async () => {},
  };
  const saleOf = (id: string): Sale => ({
    amount: 1,
    currency: 'coins',
    mayStream: isLocked,
    storedPayment: { coin: id },
    async settle() {
      const settled = await control.settle();
      if (settled.status === 'settled') states.set(id, 'taken');
      return settled;
    },
    async refund() {
      if (!isLocked) return undefined;
      if (control.failsToGiveBack > 0) {
        control.failsToGiveBack--;
        return { status: 'unsettled', reason: 'AWAY' };
      }
      states.set(id, 'void');
      return { status: 'settled', amount: 0 };
    },
  });
  const claimOf = (id: string, isAgain: boolean): PaymentClaim => ({
    id,
    expiresAt: new Date(Date.now() + goodForMs),
    async verify({ beforeLock } = {}) {
      await control.verifying(id);
      if (id.startsWith('bad')) return { verified: false, reason: 'bad', message: 'Bad.' };
      if (!isAgain && isLocked) {
        const expiresAt = new Date(Date.now() + goodForMs);
        await beforeLock?.({ storedPayment: { coin: id }, expiresAt });
        states.set(id, 'locked');
      }
      return { verified: true, sale: saleOf(id) };
    },
  });
  const accept: AcceptedPayment = {
    rail: 'coins',
    extensions: () => [{ uri: COINS_URI, description: '', required: false, params: undefined }],
    offers: async () => [{ scheme: 'coin' }],
    read({ message }) {
      const id: unknown = message.metadata?.['coin'];
      return typeof id === 'string' ? claimOf(id, false) : undefined;
    },
    recall: ({ coin }) => claimOf(String(coin), true),
  };
  return { accept, control, stateOf: (id: string) => states.get(id) ?? 'free' };
}

export const COINS_URI = 'urn:test:coins';

/** Calls a shop over JSON-RPC. */
export async function call(
  fetch: typeof globalThis.fetch,
  method: string,
  params: object,
  extensions = COINS_URI,
) {
  const headers = {
    'content-type': 'application/json',
    'a2a-version': '1.0',
    'a2a-extensions': extensions,
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const text = await (await fetch(SHOP_URL, { method: 'POST', headers, body })).text();
  return { text, state: /"state":"(TASK_STATE_\w+)"/.exec(text)?.[1], id: taskIdOf(text) };
}

function taskIdOf(text: string): string {
  return /"(?:task":\{"id|taskId)":"([^"]+)"/.exec(text)?.[1] ?? '';
}

/** A message that pays with a coin, as the parameters of a call. */
export function paidBy(coin: string | undefined, text = 'bakes', more: object = {}) {
  const metadata = coin === undefined ? {} : { coin };
  const parts = [{ text }];
  return {
    message: { messageId: crypto.randomUUID(), role: 'ROLE_USER', parts, metadata, ...more },
  };
}

/** The events of the books, of one sale after the other. */
export const eventsOf = (sales: readonly { event: string }[]) => sales.map(({ event }) => event);
