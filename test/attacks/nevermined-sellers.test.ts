import { describe, expect, it } from 'vitest';
import { nevermined } from '../../src/rails/nevermined';
import { encodeAccessToken, readAccessToken } from '../../src/rails/nevermined/schemas';
import {
  agentId,
  agentUrl,
  holdRequest,
  neverminedBackend,
  neverminedCard,
  terms,
} from '../rails/nevermined/backend';

const transaction = `0x${'ab'.repeat(32)}`;
const network = 'eip155:84532';

const asked = (planIds: string[]) => ({
  state: 'input-required',
  metadata: {
    'x402.payment.status': 'payment-required',
    'x402.payment.required': {
      x402Version: 2,
      resource: { url: agentUrl },
      accepts: planIds.map((planId) => ({
        scheme: 'nvm:erc4337',
        network,
        planId,
        extra: { version: '1', agentId },
      })),
    },
  },
});

describe('a plan', () => {
  it('is not ordered twice when the answer to the order is lost, and the balance comes late', async () => {
    const { connection, planId, callsTo, fetch } = neverminedBackend();
    let isLost = false;
    const unlucky: typeof globalThis.fetch = async (input, init) => {
      const { url } = new Request(input, init);
      if (url.includes('/balance/')) return Response.json({ balance: '0' });
      if (!url.endsWith('/order')) return fetch(input, init);
      await fetch(input, init);
      if (isLost) return Response.json({ success: true, txHash: transaction });
      isLost = true;
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
      });
    };
    const rail = nevermined({ ...connection, fetch: unlucky, delegation: terms, autoOrder: true });
    const request = holdRequest(neverminedCard({ planId }));
    // As the machine does it after an answer that was lost.
    await rail.hold(request).catch(() => undefined);
    await rail.hold(request).catch(() => undefined);
    expect(callsTo(`/protocol/plans/${planId}/order`)).toHaveLength(1);
  });

  it('is ordered once for calls that come one after the other while the balance comes late', async () => {
    const { connection, planId, callsTo, fetch } = neverminedBackend();
    const late: typeof globalThis.fetch = async (input, init) =>
      new Request(input, init).url.includes('/balance/')
        ? Response.json({ balance: '0' })
        : fetch(input, init);
    const rail = nevermined({ ...connection, fetch: late, delegation: terms, autoOrder: true });
    const card = neverminedCard({ planId });
    for (let call = 1; call <= 5; call++) await rail.hold(holdRequest(card));
    expect(callsTo(`/protocol/plans/${planId}/order`)).toHaveLength(1);
  });

  it('that only a challenge names, and neither the card nor `planId`, is not ordered', async () => {
    const { rail, planId, addPlan, callsTo } = neverminedBackend();
    const dear = addPlan({ name: 'Dear', credits: 1, priceCents: 1_000_000 });
    const paying = rail({ autoOrder: true });
    const card = neverminedCard({ planId });
    paying.terms(card, { skill: undefined });
    const challenge = paying.challenge?.(asked([dear]), { hasLimit: () => true });
    if (challenge === undefined) throw new Error('not asked');
    await paying.hold(holdRequest(card, { amount: 1, challenge })).catch(() => undefined);
    expect(callsTo(`/protocol/plans/${dear}/order`)).toEqual([]);
  });

  it('of another agent’s card, which claims to be this agent, is neither ordered nor paid with', async () => {
    const { rail, addPlan, callsTo } = neverminedBackend();
    const dear = addPlan({ name: 'Dear', credits: 1, priceCents: 1_000_000 });
    const paying = rail({ autoOrder: true });
    // A card that a user opened once, of somebody else.
    paying.terms(neverminedCard({ planId: dear, credits: 1 }, 'https://thief.example.com/'), {
      skill: undefined,
    });
    const challenge = paying.challenge?.(asked(['']), { hasLimit: () => true });
    if (challenge === undefined) throw new Error('not asked');
    await paying.hold(holdRequest(undefined, { amount: 1, challenge })).catch(() => undefined);
    expect(callsTo(`/protocol/plans/${dear}/order`)).toEqual([]);
  });

  it('of thousands that an agent names is not asked for one by one', async () => {
    const { rail, calls } = neverminedBackend();
    const paying = rail();
    const planIds = Array.from({ length: 3000 }, (_, index) => String(index + 1));
    const challenge = paying.challenge?.(asked(planIds), { hasLimit: () => true });
    const request = holdRequest(undefined, { amount: 1, challenge });
    await paying.hold(request).catch(() => undefined);
    expect(calls.length).toBeLessThan(200);
  });
});

describe('a backend', () => {
  const changed =
    (change: (wire: Record<string, unknown>) => object, fetch: typeof globalThis.fetch) =>
    async (input: RequestInfo | URL, init?: RequestInit) => {
      const { url } = new Request(input, init);
      const response = await fetch(input, init);
      if (!url.endsWith('/x402/permissions')) return response;
      const { accessToken } = (await response.json()) as { accessToken: string };
      const wire = readAccessToken(accessToken)?.wire ?? {};
      return Response.json({
        accessToken: encodeAccessToken({ ...wire, ...change(wire) } as never),
      });
    };

  it.each<[string, (wire: Record<string, unknown>) => object]>([
    ['another plan', ({ accepted }) => ({ accepted: { ...(accepted as object), planId: '7' } })],
    [
      'another agent',
      ({ accepted }) => ({ accepted: { ...(accepted as object), extra: { agentId: 'x' } } }),
    ],
    ['no agent at all', ({ accepted }) => ({ accepted: { ...(accepted as object), extra: {} } })],
    [
      'another network',
      ({ accepted }) => ({ accepted: { ...(accepted as object), network: 'eip155:1' } }),
    ],
    ['another address', () => ({ resource: { url: 'https://thief.example.com/' } })],
  ])('that mints a token for %s is not believed', async (_, change) => {
    const { connection, planId, fetch } = neverminedBackend();
    const rail = nevermined({
      ...connection,
      fetch: changed(change, fetch),
      delegation: terms,
      tokenVersion: 3,
    });
    await expect(rail.hold(holdRequest(neverminedCard({ planId })))).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
    });
  });

  it('that did not say once when a delegation ends is asked again', async () => {
    const { connection, planId, fetch } = neverminedBackend();
    let asked = 0;
    const expiresAt = new Date(connection.now().getTime() + 60_000).toISOString();
    const flaky: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (!request.url.endsWith('/delegation')) return fetch(input, init);
      asked += 1;
      return asked === 1
        ? new Response('down', { status: 503 })
        : Response.json([{ id: 'mine', expiresAt }]);
    };
    const rail = nevermined({ ...connection, fetch: flaky, delegation: { id: 'mine' } });
    for (let call = 1; call <= 2; call++) {
      await rail.hold(holdRequest(neverminedCard({ planId }))).catch(() => undefined);
    }
    expect(asked).toBe(2);
  });
});

describe('what an agent says', () => {
  async function held(tokenVersion: 2 | 3) {
    const made = neverminedBackend();
    const rail = made.rail({ tokenVersion });
    const hold = await rail.hold(holdRequest(neverminedCard({ planId: made.planId })));
    return { rail, hold };
  }

  it('of a transaction is shown only where it can be one', async () => {
    const { rail, hold } = await held(2);
    const txHash = '<img src=x onerror=alert(1)>';
    const answer = { state: 'completed', metadata: { creditsUsed: 5, txHash } };
    expect(JSON.stringify(await rail.release(hold, { answer }))).not.toContain('<img');
  });

  it('that asks again, and names what it took, is counted as taken', async () => {
    const { rail, hold } = await held(2);
    const metadata = {
      ...asked(['1']).metadata,
      creditsUsed: 5,
      txHash: transaction,
    };
    const answer = { state: 'input-required', metadata };
    expect(await rail.refund(hold, { answer, reason: 'payment-refused' })).toMatchObject({
      status: 'taken',
      amount: 5,
    });
  });

  it.each([5.5, '5.0', 1e21, '99999999999999999', -5])(
    'of what it used that makes no sense (%s) is not taken for nothing',
    async (creditsUsed) => {
      const { rail, hold } = await held(2);
      const answer = { state: 'completed', metadata: { creditsUsed } };
      await rail.release(hold, { answer });
      expect(await rail.release(hold, { answer })).not.toMatchObject({ status: 'refunded' });
    },
  );

  it('cannot make a receipt of another payer’s stand for this payment', async () => {
    const { rail, hold } = await held(3);
    const receipt = { success: false, transaction, network, payer: '0xsomebody' };
    const answer = {
      state: 'completed',
      metadata: { 'x402.payment.receipts': [receipt], creditsUsed: 5 },
    };
    await rail.release(hold, { answer });
    expect(await rail.release(hold, { answer })).toMatchObject({ status: 'released' });
  });
});

it.each(['not-dispatched', 'unreachable'])(
  'what its agent has never seen (%s) is back at once, and does not fill the limits',
  async (reason) => {
    for (const tokenVersion of [2, 3] as const) {
      const { rail, planId } = neverminedBackend();
      const paying = rail({ tokenVersion });
      const hold = await paying.hold(holdRequest(neverminedCard({ planId })));
      expect(await paying.refund(hold, { reason })).toMatchObject({ status: 'refunded' });
    }
  },
);
