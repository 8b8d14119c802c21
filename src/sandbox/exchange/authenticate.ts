import type { HonoRequest } from 'hono';
import { ExchangeError } from './exchange-error';
import type { Ledger } from './ledger';
import type { Account } from './ledger-types';

const MAX_SKEW_SECONDS = 300;

export interface AuthenticateOptions {
  ledger: Ledger;
  /** Account ids by API key. */
  keys: ReadonlyMap<string, string>;
  requireSignatures: boolean;
}

/** @throws {ExchangeError} 401, with the exchange's text. */
export async function authenticate(
  request: HonoRequest,
  { ledger, keys, requireSignatures }: AuthenticateOptions,
): Promise<Account> {
  const authorization = request.header('authorization');
  if (!authorization?.startsWith('Bearer ')) {
    throw new ExchangeError(
      401,
      'Missing or invalid Authorization header. Use: Bearer ate_<your_api_key>',
    );
  }
  const apiKey = authorization.slice('Bearer '.length).trim();
  if (!apiKey.startsWith('ate_')) throw new ExchangeError(401, 'Invalid API key format');

  const signature = request.header('x-a2a-signature');
  const timestamp = request.header('x-a2a-timestamp');
  if (signature !== undefined && timestamp !== undefined) {
    const signed = { request, apiKey, signature, timestamp, now: ledger.now() };
    if (!(await isSignatureValid(signed))) {
      throw new ExchangeError(401, 'Invalid request signature');
    }
  } else if (requireSignatures) {
    throw new ExchangeError(
      401,
      'Request signature required. Provide X-A2A-Signature and X-A2A-Timestamp headers.',
    );
  }

  const accountId = keys.get(apiKey);
  if (accountId === undefined) throw new ExchangeError(401, 'Invalid API key');
  return ledger.account(accountId);
}

interface SignedRequest {
  request: HonoRequest;
  apiKey: string;
  signature: string;
  timestamp: string;
  now: Date;
}

async function isSignatureValid({ request, apiKey, signature, timestamp, now }: SignedRequest) {
  if (!/^-?\d+$/.test(timestamp) || !/^[0-9a-f]{64}$/.test(signature)) return false;
  const skew = Math.abs(Math.floor(now.getTime() / 1000) - Number(timestamp));
  if (skew > MAX_SKEW_SECONDS) return false;

  const encoder = new TextEncoder();
  const head = encoder.encode(`${timestamp}${request.method}${new URL(request.url).pathname}`);
  const body = new Uint8Array(await request.arrayBuffer());
  const message = new Uint8Array(head.length + body.length);
  message.set(head);
  message.set(body, head.length);

  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const secret = encoder.encode(apiKey);
  const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['verify']);
  return crypto.subtle.verify('HMAC', key, fromHex(signature), message);
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}
