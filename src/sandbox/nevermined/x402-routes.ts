import type { Hono } from 'hono';
import type { AccessTokens } from './access-tokens';
import type { Books } from './books';
import type { Facilitator } from './facilitator';
import { NeverminedError } from './nevermined-error';
import {
  delegationRequestSchema,
  paymentRequestSchema,
  type PermissionRequest,
  permissionRequestSchema,
} from './nevermined-requests';
import { bodyOf, callerOf } from './route-parts';

/** The routes of delegations, access tokens, and the sellers' operations on tokens. */
export function addX402Routes(
  routes: Hono,
  {
    books,
    tokens,
    facilitator,
    versionOf,
  }: {
    books: Books;
    tokens: AccessTokens;
    facilitator: Facilitator;
    versionOf: (asked: 2 | 3 | undefined) => 2 | 3;
  },
): void {
  routes.post('/delegation/create', async (c) => {
    const { address } = callerOf(c, books);
    const { durationSecs, providerPaymentMethodId, ...request } = await bodyOf(
      c,
      delegationRequestSchema,
    );
    const isCard = request.provider !== 'erc4337';
    if (isCard && providerPaymentMethodId === undefined) {
      throw new NeverminedError(
        400,
        'SANDBOX.DELEGATION.0001',
        'The card of the delegation is missing.',
      );
    }
    const createdAt = books.now();
    const expiresAt = new Date(createdAt.getTime() + durationSecs * 1000);
    const { id } = books.addDelegation({ ...request, owner: address, createdAt, expiresAt });
    return c.json({ delegationId: id, ...(isCard && { delegationToken: `dt_${id}` }) }, 201);
  });

  routes.get('/delegation', (c) => {
    const { address } = callerOf(c, books);
    const own = [...books.delegations.values()].filter(({ owner }) => owner === address);
    return c.json(
      own.map((delegation) => ({
        id: delegation.id,
        cardId: null,
        spendingLimitCents: delegation.spendingLimitCents,
        spentCents: delegation.spentCents,
        durationSecs: (delegation.expiresAt.getTime() - delegation.createdAt.getTime()) / 1000,
        currency: delegation.currency,
        status: books.isActive(delegation) ? 'active' : 'expired',
        createdAt: delegation.createdAt.toISOString(),
        expiresAt: delegation.expiresAt.toISOString(),
      })),
    );
  });

  routes.get('/payment-methods', (c) => {
    const { address } = callerOf(c, books);
    const last4 = address.slice(-4);
    return c.json([
      { id: address, type: 'crypto_wallet', brand: 'ethereum', last4, provider: 'erc4337' },
    ]);
  });

  routes.post('/x402/permissions', async (c) => {
    const { address } = callerOf(c, books);
    const request = await bodyOf(c, permissionRequestSchema);
    assertGrantable(request, books, address);
    const { accepted, resource, tokenVersion, delegationConfig } = request;
    const accessToken = tokens.mint({
      version: versionOf(tokenVersion),
      from: address,
      delegationId: delegationConfig.delegationId,
      scheme: accepted.scheme,
      network: accepted.network,
      planId: accepted.planId,
      agentId: accepted.extra?.agentId,
      httpVerb: accepted.extra?.httpVerb,
      resourceUrl: resource?.url,
    });
    return c.json({ accessToken }, 201);
  });

  // Sellers' clients send their key; the backend does not require it.
  routes.post('/x402/verify', async (c) => {
    return c.json(facilitator.verify(await bodyOf(c, paymentRequestSchema)), 201);
  });

  routes.post('/x402/settle', async (c) => {
    return c.json(await facilitator.settle(await bodyOf(c, paymentRequestSchema)), 201);
  });
}

function assertGrantable(
  { accepted, delegationConfig }: PermissionRequest,
  books: Books,
  address: string,
): void {
  const { cardProvider } = books.plan(accepted.planId);
  const scheme = cardProvider === undefined ? 'nvm:erc4337' : 'nvm:card-delegation';
  if (accepted.scheme !== scheme) {
    throw new NeverminedError(400, 'SANDBOX.X402.0004', `The plan is paid by ${scheme}.`);
  }
  const delegation = books.delegations.get(delegationConfig.delegationId);
  if (delegation === undefined || delegation.owner !== address) {
    throw new NeverminedError(404, 'SANDBOX.DELEGATION.0002', 'Delegation not found.');
  }
  if (!books.isActive(delegation)) {
    throw new NeverminedError(402, 'SANDBOX.DELEGATION.0003', 'The delegation has expired.');
  }
  if ((delegation.planId ?? accepted.planId) !== accepted.planId) {
    throw new NeverminedError(
      403,
      'SANDBOX.DELEGATION.0004',
      'The delegation is for another plan.',
    );
  }
}
