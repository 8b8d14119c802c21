import type { Context } from 'hono';
import type * as z from 'zod/v4';
import type { Books } from './books';
import { NeverminedError } from './nevermined-error';
import type { NeverminedAccount } from './nevermined-types';

/** @throws NeverminedError 401 without the key of an account. */
export function callerOf(c: Context, books: Books): NeverminedAccount {
  const key = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  const account = key === undefined ? undefined : books.accounts.get(key);
  if (account !== undefined) return account;
  throw new NeverminedError(401, 'SANDBOX.AUTH.0001', 'Unauthorized');
}

/** @throws NeverminedError 400 if the body is invalid. */
export async function bodyOf<SCHEMA extends z.ZodType>(
  c: Context,
  schema: SCHEMA,
): Promise<z.output<SCHEMA>> {
  const json: unknown = await c.req.json().catch(() => undefined);
  const body = schema.safeParse(json);
  if (body.success) return body.data;
  const fields = body.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new NeverminedError(
    400,
    'SANDBOX.VALIDATION.0001',
    'The request is not valid.',
    fields.join('; '),
  );
}
