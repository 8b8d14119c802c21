import { fromAtomic } from '../../internal/decimal';
import { type RailBalance, SettlementError } from '../rail';
import { knownAssets, type X402Asset } from './assets';
import { type ChainReader, createChainReader, quantity, type X402Ledger } from './ledger';
import type { PaymentState } from './payment-state';
import type { X402Options } from './x402-options';

/** The configured chains. */
export function createLedgers({ ledger, fetch, timeoutMs }: X402Options) {
  const readers = new Map<string, ChainReader>();
  const create = (one: X402Ledger) => createChainReader(one, { fetch, timeoutMs });
  let only: ChainReader | undefined;
  if (ledger !== undefined && isOne(ledger)) only = create(ledger);
  else for (const [network, one] of Object.entries(ledger ?? {})) readers.set(network, create(one));

  /** The network of a ledger that was configured without one, once it is known. */
  let onlyOf: string | undefined;
  const askOnly = async (abortSignal?: AbortSignal) =>
    (onlyOf = (await only?.network(abortSignal)) ?? onlyOf);

  /** Undefined for a network without a ledger: a nonce has no meaning on another chain. */
  const on = async (network: string, abortSignal?: AbortSignal) => {
    const reader = readers.get(network) ?? only;
    return (await reader?.network(abortSignal)) === network ? reader : undefined;
  };

  return {
    /**
     * Whether a network has a ledger, so that an agent cannot ask for payment where the outcome cannot be read.
     * Undefined as long as it is not known, and for chains that no ledger can read.
     */
    reads(network: string): boolean | undefined {
      if (ledger === undefined || readers.has(network)) return true;
      if (!isEvm(network)) return undefined;
      return only === undefined ? false : onlyOf === undefined ? undefined : onlyOf === network;
    },

    /** Starts to find the chain of a ledger without a network, before it is needed. */
    prepare(): void {
      if (onlyOf === undefined) askOnly().catch(() => undefined);
    },

    /** @throws SettlementError if a payment signed for this network could not be looked up. */
    async assertRead(network: string, abortSignal: AbortSignal | undefined): Promise<void> {
      if (ledger === undefined || !isEvm(network)) return;
      const named = readers.get(network);
      let found: string | undefined;
      try {
        found = await (named === undefined ? askOnly(abortSignal) : named.network(abortSignal));
      } catch {
        abortSignal?.throwIfAborted();
        // It was configured for this network: the payment is looked up when the node is available again.
        if (named !== undefined) return;
        throw notAnswering(network);
      }
      if (found !== network) throw notRead(network);
    },

    async of(
      { method, network }: Pick<PaymentState, 'method' | 'network'>,
      abortSignal: AbortSignal | undefined,
    ): Promise<ChainReader | undefined> {
      return method === 'unknown' ? undefined : on(network, abortSignal);
    },

    /** The head of the chain. Undefined if it is not available soon: it only shortens later searches. */
    async head(network: string, abortSignal: AbortSignal | undefined): Promise<string | undefined> {
      const soon = AbortSignal.timeout(HEAD_MS);
      const signal = abortSignal === undefined ? soon : AbortSignal.any([abortSignal, soon]);
      const given = new Promise<undefined>((resolve) => {
        signal.addEventListener('abort', () => resolve(undefined), { once: true });
      });
      const asked = on(network, signal)
        .then((reader) => reader?.read('eth_blockNumber', [], quantity, signal))
        .then((number) => (number === undefined ? undefined : `0x${number.toString(16)}`))
        .catch(() => undefined);
      return Promise.race([asked, given]);
    },

    /** The balances of the known assets on the configured chains. */
    async balances(
      address: string | undefined,
      added: readonly X402Asset[],
      abortSignal: AbortSignal | undefined,
    ): Promise<RailBalance[]> {
      if (address === undefined) return [];
      const all = [...readers.values(), ...(only === undefined ? [] : [only])];
      const found = await Promise.all(
        all.map(async (reader) => {
          const network = await reader.network(abortSignal);
          const here = [...added, ...knownAssets].filter((asset) => asset.network === network);
          return Promise.all(here.map((asset) => balanceOf(reader, asset, address, abortSignal)));
        }),
      );
      return found.flat();
    },
  };
}

const HEAD_MS = 2000;

async function balanceOf(
  reader: ChainReader,
  { asset, code, decimals, network }: X402Asset,
  address: string,
  abortSignal: AbortSignal | undefined,
): Promise<RailBalance> {
  const data = `0x70a08231${address.slice(2).toLowerCase().padStart(64, '0')}`;
  const call = { to: asset, data };
  const amount = await reader.read('eth_call', [call, 'latest'], quantity, abortSignal);
  return { amount: fromAtomic(amount, decimals), currency: { code, decimals }, of: network };
}

function isEvm(network: string): boolean {
  return network.startsWith('eip155:');
}

/** The error for an offer whose outcome only its agent could report. */
export function notRead(network: string): SettlementError {
  const shown = network.replaceAll(/[^\w:.-]/g, '?').slice(0, 100);
  return new SettlementError({
    code: 'NOT_CONFIGURED',
    message: `The agent asks for a payment on ${shown}, which the \`ledger\` of \`x402\` does not read. Add a ledger for that network, x402({ ledger: { '${shown}': … } }), or restrict \`networks\` to those that you pay on. Nothing was signed.`,
    isDispatched: false,
  });
}

function notAnswering(network: string): SettlementError {
  return new SettlementError({
    code: 'NETWORK',
    message: `The chain of the \`ledger\` of \`x402\` is not known, so a payment on ${network} might not be found. Set the network, x402({ ledger: { '${network}': … } }), or try again. Nothing was signed.`,
    isRetryable: true,
    isDispatched: false,
  });
}

function isOne(ledger: NonNullable<X402Options['ledger']>): ledger is X402Ledger {
  return typeof ledger === 'string' || typeof Reflect.get(ledger, 'request') === 'function';
}
