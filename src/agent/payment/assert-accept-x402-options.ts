import * as z from 'zod/v4';
import {
  assertOptions,
  flag,
  functionOf,
  having,
  number,
  optionsOf,
  text,
} from '../../internal/option-schemas';
import { address } from '../../rails/x402/schemas';
import type { X402Offer, X402ResourceServer } from './x402-resource-server';

interface Options {
  server: X402ResourceServer;
  offers: readonly X402Offer[];
  required?: boolean | undefined;
  timeoutMs?: number | undefined;
  now?: (() => Date) | undefined;
}

/** @throws InvalidArgumentError naming each unknown or invalid option. */
export function assertAcceptX402Options(options: Options): void {
  const schema = optionsOf<Options>(
    {
      server: having<X402ResourceServer>(
        'an x402ResourceServer of @x402/core/server',
        'initialize',
        'buildPaymentRequirements',
        'getAssetDecimalsForRequirements',
        'findMatchingRequirements',
        'getPaymentFlow',
        'verifyPayment',
        'settlePayment',
        'createPaymentCancellationDispatcher',
      ),
      offers: z.array(offerSchema(), 'must be a list of offers'),
      required: flag,
      timeoutMs: number('a number of milliseconds > 0', (value) => value > 0),
      now: functionOf<() => Date>(),
    },
    ['server', 'offers'],
  );
  assertOptions(schema, options, { before: 'acceptX402: ' });
}

function offerSchema() {
  return optionsOf<X402Offer>(
    {
      scheme: text,
      network: z.custom<X402Offer['network']>(
        (value) => typeof value === 'string' && /^[-a-z0-9]{3,8}:[-\w]{1,32}$/i.test(value),
        "must be a CAIP-2 id such as 'eip155:8453'",
      ),
      payTo: text,
      price: z.custom<X402Offer['price']>(
        isPrice,
        "must be greater than 0: '$0.25', 0.25, or { asset, amount } in the smallest unit",
      ),
      maxTimeoutSeconds: number('a number of seconds > 0', (value) => value > 0),
      extra: z.custom<Exclude<X402Offer['extra'], undefined>>(
        (value) => typeof value === 'function' || (typeof value === 'object' && value !== null),
        'must be an object, or a function that returns one',
      ),
      decimals: number('a whole number >= 0', (value) => Number.isInteger(value) && value >= 0),
    },
    ['scheme', 'network', 'payTo', 'price'],
    'an offer such as { scheme, network, payTo, price }',
  ).refine(
    ({ network, payTo }) => !network.startsWith('eip155:') || address.safeParse(payTo).success,
    { path: ['payTo'], error: 'must be an address: 0x and 40 hexadecimal digits' },
  );
}

function isPrice(value: unknown): boolean {
  if (typeof value === 'number') return value > 0 && Number.isFinite(value);
  if (typeof value === 'string') return Number.parseFloat(value.trim().replace('$', '')) > 0;
  const { data } = z.object({ asset: text, amount: z.string() }).safeParse(value);
  return data !== undefined && /^\d+$/.test(data.amount) && !/^0+$/.test(data.amount);
}
