import * as z from 'zod/v4';
import { assertOptions, functionOf, number, optionsOf, text } from '../../internal/option-schemas';
import type { X402AuthCapture } from './auth-capture-options';
import type { X402Options } from './x402-options';

let schema: z.ZodType | undefined;

/** @throws InvalidArgumentError naming each unknown or invalid option. The signer is checked on first use. */
export function assertX402Options(options: X402Options): void {
  // Created on first use, not at module load: applications without this rail do not pay for it.
  schema ??= optionsOf<X402Options>({
    client: z.custom<X402Options['client']>(),
    ledger: z.custom<Exclude<X402Options['ledger'], undefined>>(
      (ledger) => (typeof ledger === 'string' ? /^https?:\/\//.test(ledger) : isObject(ledger)),
      'must be a URL that starts with https://, a viem public client, or an object of these by network',
    ),
    assets: z.custom<readonly never[]>(Array.isArray, 'must be a list'),
    schemes: z.array(text, 'must be a list of strings'),
    networks: z.array(
      z.string().includes(':', "must be a CAIP-2 id such as 'eip155:8453'"),
      'must be a list of strings',
    ),
    maxValidSeconds: seconds,
    cancel: functionOf<Exclude<X402Options['cancel'], undefined>>(),
    authCapture: optionsOf<X402AuthCapture>({
      escrow: z.string(),
      collector: z.string(),
      operators: z.array(z.string(), 'must be a list of addresses'),
      relay: z.custom<Exclude<X402AuthCapture['relay'], undefined>>(),
      account: z.custom<Exclude<X402AuthCapture['account'], undefined>>(),
      reclaim: functionOf<Exclude<X402AuthCapture['reclaim'], undefined>>(),
      maxHoldSeconds: seconds,
    }),
    fetch: functionOf<typeof globalThis.fetch>(),
    timeoutMs: number('a number of milliseconds > 0', (value) => value > 0),
  });
  assertOptions(schema, options, { of: 'x402' });
}

const seconds = number('a number of seconds > 0', (value) => value > 0);

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
