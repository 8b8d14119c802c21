import { describe, expect, it } from 'vitest';
import { createExchangeClient } from '../../../src/rails/exchange/exchange-client';
import { exchangeUrl, sandboxExchange } from './sandbox-exchange';

function setUp() {
  const { fetch, payer, agent, requests } = sandboxExchange();
  const connect = (apiKey?: string) => createExchangeClient({ url: exchangeUrl, apiKey, fetch });
  return { connect, client: connect(payer.apiKey), agent, payer, requests };
}

describe('against the embedded exchange', () => {
  it('opens an account and tops it up', async () => {
    const { connect } = setUp();
    const registration = await connect().register({
      botName: 'newcomer',
      developerId: 'd-1',
      developerName: 'Dev',
      contactEmail: 'dev@example.com',
      skills: ['scrape'],
    });
    expect(registration).toMatchObject({
      account: { botName: 'newcomer', skills: ['scrape'], status: 'active' },
      apiKey: expect.stringMatching(/^ate_/),
      starterTokens: 100,
    });

    const client = connect(registration.apiKey);
    expect(await client.deposit({ amount: 50 })).toMatchObject({ amount: 50, newBalance: 150 });
    expect(await client.balance()).toMatchObject({
      accountId: registration.account.id,
      available: 150,
      heldInEscrow: 0,
    });
    expect(await client.account(registration.account.id)).toMatchObject({ botName: 'newcomer' });
  });

  it('holds, delivers, looks up, lists, releases and tells the ledger', async () => {
    const { connect, client, agent, payer } = setUp();
    const escrow = await client.hold({
      providerId: agent.accountId,
      amount: 10,
      taskId: 't-1',
      taskType: 'scrape',
      ttlMinutes: 5,
    });
    expect(escrow).toMatchObject({
      providerId: agent.accountId,
      amount: 10,
      feeAmount: 1,
      status: 'held',
      expiresAt: expect.any(Date),
    });

    expect(await connect(agent.apiKey).deliver(escrow.escrowId, 'done')).toMatchObject({
      status: 'held',
      deliveredAt: expect.any(Date),
    });
    expect(await client.getEscrow(escrow.escrowId)).toMatchObject({
      escrowId: escrow.escrowId,
      taskId: 't-1',
      requesterId: payer.accountId,
      taskType: 'scrape',
      expiresAt: escrow.expiresAt,
    });
    expect(await client.listEscrows({ taskId: 't-1', status: 'held' })).toMatchObject({
      escrows: [{ escrowId: escrow.escrowId }],
      total: 1,
    });
    expect((await client.listEscrows({ taskId: 'another' })).escrows).toEqual([]);

    expect(await client.release(escrow.escrowId)).toMatchObject({
      status: 'released',
      amountPaid: 10,
      feeCollected: 1,
    });
    expect((await client.transactions({ limit: 50 })).map(({ type }) => type)).toContain(
      'escrow_release',
    );
  });

  it('releases a part, refunds and disputes', async () => {
    const { client, agent } = setUp();
    const hold = () => client.hold({ providerId: agent.accountId, amount: 20 });

    const first = await hold();
    expect(await client.partialRelease(first.escrowId, 50)).toMatchObject({
      status: 'released',
      releasedAmount: 10,
      feeCollected: 0,
    });
    const second = await hold();
    expect(await client.refund(second.escrowId, { reason: 'task-failed' })).toMatchObject({
      status: 'refunded',
      amountReturned: 21,
    });
    const third = await hold();
    expect(
      await client.dispute(third.escrowId, { reason: 'not delivered', stakeAmount: 10 }),
    ).toMatchObject({ status: 'evidence_pending', stakeAmount: 10 });
  });

  it('answers a repeated request with the same key once', async () => {
    const { client, agent } = setUp();
    const hold = () =>
      client.hold({ providerId: agent.accountId, amount: 10 }, { idempotencyKey: 'k-1' });
    const first = await hold();
    expect((await hold()).escrowId).toBe(first.escrowId);
    await expect(
      client.hold({ providerId: agent.accountId, amount: 11 }, { idempotencyKey: 'k-1' }),
    ).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', statusCode: 409 });
  });

  it('is believed by an exchange that demands signatures', async () => {
    const { fetch, payer, agent } = sandboxExchange({ requireSignatures: true });
    const connection = { url: `${exchangeUrl}/api/v1`, apiKey: payer.apiKey, fetch };
    await expect(createExchangeClient(connection).balance()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    });
    const client = createExchangeClient({ ...connection, signRequests: true });
    expect((await client.balance()).available).toBe(100);
    expect((await client.listEscrows({ status: 'held' })).total).toBe(0);
    expect((await client.hold({ providerId: agent.accountId, amount: 1 })).status).toBe('held');
  });
});
