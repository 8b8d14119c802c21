import type { JSONObject } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { SettlementError } from '../rail';

/** A client of `@x402/core`, or any object that signs an agent's payment request. */
export interface X402Client {
  // Its argument is a type of `@x402/core`, which is not a dependency of this package.
  createPaymentPayload(required: never): Promise<unknown>;
}

/** A signing account, such as viem's `privateKeyToAccount`. */
export interface X402Account {
  address: string;
  signTypedData(typed: never): Promise<string>;
}

/** The part of an account that signs. */
export interface TypedDataSigner {
  address: string;
  signTypedData(typed: unknown): Promise<string>;
}

/** Signs one payment. */
export interface X402Payer {
  /** Whether it is an account: its payments are then built here, and not by a client of the user's. */
  isAccount: boolean;
  /** Undefined as long as it is not known. */
  address: string | undefined;
  sign(required: JSONObject): Promise<JSONObject>;
}

/**
 * The signer of the payer's consents.
 *
 * @throws SettlementError `NOT_CONFIGURED` for an object that cannot sign.
 */
export function readSigner(account: unknown): TypedDataSigner {
  const signer = accountSchema.safeParse(account).data;
  if (signer !== undefined) return signer;
  throw new SettlementError({
    code: 'NOT_CONFIGURED',
    message:
      '`auth-capture` of x402 requires a viem account that can sign: as `client`, or as `authCapture.account` in addition to an `x402Client`.',
    isDispatched: false,
  });
}

/** @throws SettlementError `NOT_CONFIGURED` for an object that cannot sign. */
export function createPayer(client: X402Client | X402Account): X402Payer {
  const signer = z.union([clientSchema, accountSchema]).safeParse(client).data;
  if (signer === undefined) {
    throw new SettlementError({
      code: 'NOT_CONFIGURED',
      message:
        'x402 requires a `client` that can sign: an `x402Client` of @x402/core, or a viem account.',
    });
  }
  let wrapped: Promise<Signer> | undefined;
  const load = () => {
    wrapped ??= 'createPaymentPayload' in signer ? Promise.resolve(signer) : wrapAccount(signer);
    wrapped.catch(() => {
      wrapped = undefined;
    });
    return wrapped;
  };
  return {
    isAccount: !('createPaymentPayload' in signer),
    address: 'address' in signer ? signer.address : undefined,
    async sign(required) {
      const loaded = await load();
      let payment: unknown;
      try {
        payment = await loaded.createPaymentPayload(required);
      } catch (error) {
        throw notSigned(error);
      }
      // It has undefined fields, which are not valid in a message.
      return z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(payment ?? null)));
    },
  };
}

interface Signer {
  createPaymentPayload(required: unknown): Promise<unknown>;
}

type Account = {
  address: `0x${string}`;
  signTypedData: (typed: unknown) => Promise<`0x${string}`>;
};

// Not copied: a copy of a client would lose its methods.
const clientSchema = z.custom<Signer>((value) => has(value, 'createPaymentPayload'));
const accountSchema = z.custom<Account>(
  (value) => has(value, 'signTypedData') && z.looseObject({ address }).safeParse(value).success,
);
const address = z.string().startsWith('0x');

function has(value: unknown, method: string): boolean {
  const known = z.looseObject({}).safeParse(value).success;
  return known && typeof Reflect.get(Object(value), method) === 'function';
}

/** The settlement limits the amount, so the client's own limit of a dollar is disabled. */
async function wrapAccount(account: Account): Promise<Signer> {
  try {
    const [{ x402Client }, { registerExactEvmScheme }, { UptoEvmScheme }] = await Promise.all([
      import('@x402/core/client'),
      import('@x402/evm/exact/client'),
      import('@x402/evm/upto/client'),
    ]);
    const client = new x402Client().setSpendControls(false);
    registerExactEvmScheme(client, { signer: account });
    client.register('eip155:*', new UptoEvmScheme(account));
    return clientSchema.parse(client);
  } catch {
    throw new SettlementError({
      code: 'NOT_CONFIGURED',
      message:
        'Signing with an account requires @x402/core and @x402/evm: npm install @x402/core @x402/evm. With your own `x402Client` as `client`, neither is needed.',
      isDispatched: false,
    });
  }
}

function notSigned(error: unknown): SettlementError {
  const said = error instanceof Error ? redacted(error.message) : 'no reason given';
  return new SettlementError({
    code: 'NOT_CONFIGURED',
    message: `The x402 client did not sign, and nothing was sent: ${said}`,
    isDispatched: false,
  });
}

/**
 * URLs of nodes contain keys, and a client's error may quote its request: only words and addresses are kept.
 */
function redacted(text: string): string {
  return text
    .slice(0, 2000)
    .replaceAll(/\b[a-z]+:\/\/\S+/gi, '…')
    .replaceAll(/\bBearer \S+/gi, '…')
    .replaceAll(/[\w-]{24,}/g, (long) => (/^0x[0-9a-fA-F]{40}$/.test(long) ? long : '…'))
    .replaceAll(/\s+/g, ' ')
    .slice(0, 300);
}
