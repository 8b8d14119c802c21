import { describe, expect, it } from 'vitest';
import { readAccessToken } from '../../../src/rails/nevermined/schemas';
import type { Hold } from '../../../src/rails/rail';
import { agentId, agentUrl, holdRequest, neverminedBackend, neverminedCard } from './backend';

const inBandKeys = { status: 'x402.payment.status', payload: 'x402.payment.payload' };

describe('tokens', () => {
  it('of version 2 go into the header, and never in band', async () => {
    const { rail, planId } = neverminedBackend();
    const paying = rail();
    const hold = await paying.hold(holdRequest(neverminedCard({ planId })));
    const first = await paying.decorate(hold, { isFirst: true });
    expect(first.metadata).toEqual({});
    expect(first.extensions).toContain('urn:nevermined:payment');
    expect(readAccessToken(first.headers?.['payment-signature'] ?? '')).toMatchObject({
      version: 2,
      token: { accepted: { planId, extra: { agentId } } },
    });
    expect(await paying.decorate(hold)).toEqual(first);
  });

  it('of version 3 go in band, one a message, bound to the agent’s address', async () => {
    const { rail, planId, callsTo } = neverminedBackend();
    const paying = rail({ tokenVersion: 3 });
    const hold = await paying.hold(holdRequest(neverminedCard({ planId })));
    expect(hold.state).toMatchObject({ version: 3, resourceUrl: agentUrl });
    expect(callsTo('/x402/permissions')[0]?.body).toMatchObject({
      accepted: { extra: { agentId, httpVerb: 'POST' } },
      resource: { url: agentUrl },
      tokenVersion: 3,
    });
    const first = await paying.decorate(hold, { isFirst: true });
    const token = readAccessToken(first.headers?.['payment-signature'] ?? '');
    expect(token).toMatchObject({ version: 3, token: { resource: { url: agentUrl } } });
    expect(first.metadata).toEqual({
      [inBandKeys.status]: 'payment-submitted',
      [inBandKeys.payload]: token?.wire,
    });
    expect(callsTo('/x402/permissions')).toHaveLength(1);
    const second = await paying.decorate(hold, { isFirst: false });
    expect(second.headers).not.toEqual(first.headers);
    expect(callsTo('/x402/permissions')).toHaveLength(2);
    await paying.hold(holdRequest(neverminedCard({ planId })));
    expect(callsTo('/x402/permissions')).toHaveLength(3);
  });

  it('are what they show, not what was asked for', async () => {
    const older = neverminedBackend({ newestTokenVersion: 2 });
    const asking = older.rail({ tokenVersion: 3 });
    const hold = await asking.hold(holdRequest(neverminedCard({ planId: older.planId })));
    expect(hold.state).toMatchObject({ version: 2 });
    expect((await asking.decorate(hold)).metadata).toEqual({});
    expect(asking.notice?.()).toContain('version 2');
    expect(asking.notice?.()).toBeUndefined();

    const newer = neverminedBackend({ defaultTokenVersion: 3 });
    const silent = newer.rail();
    const other = await silent.hold(holdRequest(neverminedCard({ planId: newer.planId })));
    expect(other.state).toMatchObject({ version: 3 });
    expect((await silent.decorate(other)).metadata).toHaveProperty([inBandKeys.payload]);
  });

  it('of version 2 are minted again after their time, and after a call that came to nothing', async () => {
    const { rail, planId, callsTo, passMinutes } = neverminedBackend();
    const paying = rail({ tokenTtlMs: 300_000 });
    const card = neverminedCard({ planId });
    await paying.hold(holdRequest(card));
    passMinutes(4);
    const hold = await paying.hold(holdRequest(card));
    expect(callsTo('/x402/permissions')).toHaveLength(1);
    passMinutes(2);
    await paying.hold(holdRequest(card));
    expect(callsTo('/x402/permissions')).toHaveLength(2);
    await paying.refund(hold, { answer: { headers: {} } });
    await paying.hold(holdRequest(card));
    expect(callsTo('/x402/permissions')).toHaveLength(3);
  });

  it('can be minted for a hold of another process', async () => {
    const { rail, planId, callsTo } = neverminedBackend();
    const hold: Hold = JSON.parse(
      JSON.stringify(await rail({ tokenVersion: 3 }).hold(holdRequest(neverminedCard({ planId })))),
    );
    const { headers } = await rail({ tokenVersion: 3 }).decorate(hold);
    expect(readAccessToken(headers?.['payment-signature'] ?? '')?.version).toBe(3);
    expect(callsTo('/delegation/create')).toHaveLength(1);
  });

  it('need an address when they are to be bound', async () => {
    const { rail, planId } = neverminedBackend();
    const request = holdRequest(neverminedCard({ planId }, ''), { agent: undefined });
    await expect(rail({ tokenVersion: 3, planId }).hold(request)).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
    const resourceUrl = 'http://internal/a2a';
    const hold = await rail({ tokenVersion: 3, planId, resourceUrl }).hold(request);
    expect(hold.state).toMatchObject({ resourceUrl });
  });

  it('of another plan or agent than asked for are refused', async () => {
    const { rail, planId, fetch } = neverminedBackend();
    const other = neverminedBackend();
    const wrong = await other.rail().accessToken({ planId: other.planId, agentId });
    const paying = rail({
      fetch: async (input, init) =>
        new Request(input, init).url.endsWith('/permissions')
          ? Response.json({ accessToken: wrong.accessToken })
          : fetch(input, init),
    });
    const failure = await paying
      .hold(holdRequest(neverminedCard({ planId })))
      .catch((error) => error);
    expect(failure).toMatchObject({ code: 'UNEXPECTED_ANSWER' });
    expect(String(failure)).not.toContain(wrong.accessToken.slice(0, 30));
  });
});
