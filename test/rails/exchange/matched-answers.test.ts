import { describe, expect, it } from 'vitest';
import { createExchangeClient } from '../../../src/rails/exchange/exchange-client';
import { exchangeRail } from '../../../src/rails/exchange/exchange-rail';
import type { Hold } from '../../../src/rails/rail';
import { settleHold } from '../../../src/settlement/hold/settle-hold';
import { created, fakeExchange, json, looked } from './fake-exchange';
import { exchangeUrl, sandboxExchange } from './sandbox-exchange';

const hold: Hold = {
  rail: 'a2a-se',
  taskId: 't-1',
  escrowId: 'e-1',
  payee: 'agent-1',
  amount: 10,
  fee: 1,
  currency: 'ATE',
  exchangeUrl,
  expiresAt: new Date('2030-01-01T00:00:00Z'),
};

const railWith = (...answers: Parameters<typeof fakeExchange>) =>
  exchangeRail({ exchangeUrl, apiKey: 'ate_1', fetch: fakeExchange(...answers).fetch });

const released = { escrow_id: 'e-1', status: 'released', amount_paid: 10, fee_collected: 1 };
const refunded = { escrow_id: 'e-1', status: 'refunded', amount_returned: 11 };
const part = { escrow_id: 'e-1', status: 'released', released_amount: 5, fee_collected: 0 };
const disputed = { escrow_id: 'e-1', status: 'evidence_pending', stake_amount: 10 };

describe('an answer that is not about what was asked is unexpected', () => {
  it.each([
    ['release', released, { escrow_id: 'e-2' }],
    ['release', released, { provider_id: 'thief' }],
    ['release', released, { amount_paid: 9 }],
    ['release', released, { amount_paid: 11 }],
    ['refund', refunded, { escrow_id: 'e-2' }],
    ['refund', refunded, { amount_returned: 12 }],
    ['refund', refunded, { amount_returned: -1 }],
    ['part', part, { escrow_id: 'e-2' }],
    ['part', part, { provider_id: 'thief' }],
    ['part', part, { released_amount: 11 }],
    ['part', part, { released_amount: -1 }],
    ['part', part, { fee_collected: 2 }],
    ['part', part, { released_amount: 6, holdback_amount: 5 }],
    ['dispute', disputed, { escrow_id: 'e-2' }],
    ['dispute', disputed, { stake_amount: 99 }],
  ])('%s: %j with %j', async (operation, good, change) => {
    const ask = (answer: object) => {
      const rail = railWith(json(200, answer));
      switch (operation) {
        case 'release':
          return rail.release(hold);
        case 'refund':
          return rail.refund(hold);
        case 'part':
          return rail.release(hold, { amount: 5 });
        default:
          return rail.dispute?.(hold, { reason: 'verification-failed', stake: 10 });
      }
    };
    expect(await ask(good)).toBeDefined();
    await expect(ask({ ...good, ...change })).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      escrowId: 'e-1',
      isRetryable: false,
    });
  });

  it.each([{ task_id: 't-2' }, { group_id: 'g-2' }])('hold: %j', async (change) => {
    const ask = (answer: object) =>
      railWith(json(201, answer)).hold({
        taskId: 't-1',
        payee: 'agent-1',
        amount: 10,
        ttlMinutes: 5,
        group: 'g-1',
      });
    expect(await ask({ ...created, group_id: 'g-1', task_id: 't-1' })).toBeDefined();
    expect(await ask(created)).toBeDefined();
    await expect(ask({ ...created, ...change })).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
    });
  });

  it('look-up and delivery', async () => {
    const rail = railWith(({ url }) =>
      json(200, url.includes('/balance') ? { account_id: 'a' } : looked),
    );
    expect(await rail.look?.(hold)).toBeDefined();
    await expect(rail.look?.({ ...hold, escrowId: 'e-2' })).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      escrowId: 'e-2',
    });

    const { fetch } = fakeExchange(json(200, { escrow_id: 'e-1', status: 'held' }));
    const client = createExchangeClient({ url: exchangeUrl, apiKey: 'ate_1', fetch });
    expect(await client.deliver('e-1', 'done')).toMatchObject({ escrowId: 'e-1' });
    await expect(client.deliver('e-2', 'done')).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
    });
  });

  it('a refusal that says released, and a look-up that says something else', async () => {
    const refused = json(400, { detail: 'Escrow is already released' });
    for (const status of ['refunded', 'held', 'expired', 'disputed']) {
      const escrow = json(200, { ...looked, status });
      await expect(railWith(refused, escrow).release(hold)).rejects.toMatchObject({
        code: 'UNEXPECTED_ANSWER',
        state: status,
      });
      await expect(railWith(refused, escrow).release(hold, { amount: 5 })).rejects.toMatchObject({
        code: 'UNEXPECTED_ANSWER',
        state: status,
      });
    }
  });
});

describe('after an answer about another escrow the ledger is asked', () => {
  const backoff = { attempts: 3, initialMs: 1 };

  it.each(['release', 'refund'] as const)('%s, with the ledger still held', async (type) => {
    const { fetch, payer, agent, ledger } = sandboxExchange();
    const request = { payee: agent.accountId, amount: 10, ttlMinutes: 5 };
    const honest = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch });
    const other = await honest.hold({ ...request, taskId: 't-1' });
    const asked = await honest.hold({ ...request, taskId: 't-2' });

    // Every other time something on the way answers for the other escrow, and asks nobody.
    let settled = 0;
    const confused: typeof globalThis.fetch = async (input, init) => {
      const sent = new Request(input, init);
      if (!/\/(?:release|refund)$/.test(sent.url) || ++settled % 2 === 0) return fetch(sent);
      return json(200, {
        escrow_id: other.escrowId,
        status: type === 'release' ? 'released' : 'refunded',
        ...(type === 'release' ? { amount_paid: 10, fee_collected: 1 } : { amount_returned: 11 }),
      });
    };
    const rail = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch: confused });
    const result = await settleHold(
      rail,
      asked,
      type === 'release' ? { type, amount: undefined } : { type, reason: 'task-failed' },
      backoff,
    );
    const status = type === 'release' ? 'released' : 'refunded';
    expect(result).toMatchObject({ status });
    expect(ledger().escrows.find(({ id }) => id === asked.escrowId)).toMatchObject({ status });
    expect(ledger().escrows.find(({ id }) => id === other.escrowId)?.status).toBe('held');
    expect(settled).toBe(2);
  });

  it('and what stays unclear is said to be', async () => {
    const rail = railWith(({ url }) =>
      url.includes('/balance')
        ? json(200, { account_id: 'payer-1' })
        : json(200, url.includes('/escrows/') ? looked : { ...released, escrow_id: 'e-2' }),
    );
    await expect(
      settleHold(rail, hold, { type: 'release', amount: undefined }, backoff),
    ).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER', escrowId: 'e-1' });
  });
});
