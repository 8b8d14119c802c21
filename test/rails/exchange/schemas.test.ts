import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registrationSchema } from '../../../src/rails/exchange/account-calls';
import {
  balanceSchema,
  createdEscrowSchema,
  escrowListSchema,
  escrowRequestSchema,
  escrowSchema,
  readSettlementMetadata,
  timestampSchema,
} from '../../../src/rails/exchange/schemas';
import { created, looked } from './fake-exchange';

describe('timestamps, on a machine that is not in UTC', () => {
  const zone = process.env.TZ;
  beforeAll(() => {
    process.env.TZ = 'America/New_York';
  });
  afterAll(() => {
    if (zone === undefined) {
      delete process.env.TZ;
    } else {
      process.env.TZ = zone;
    }
  });

  it.each([
    ['2026-11-21T00:53:24.776924', '2026-11-21T00:53:24.776Z'],
    ['2026-11-21T00:53:24', '2026-11-21T00:53:24.000Z'],
    ['2026-11-21 00:53:24', '2026-11-21T00:53:24.000Z'],
    ['2026-11-21T00:53:24Z', '2026-11-21T00:53:24.000Z'],
    ['2026-11-21T00:53:24.776924+00:00', '2026-11-21T00:53:24.776Z'],
    ['2026-11-21T02:53:24+0200', '2026-11-21T00:53:24.000Z'],
    ['2026-11-20T19:53:24-05:00', '2026-11-21T00:53:24.000Z'],
  ])('reads %s as %s', (text, iso) => {
    expect(new Date('2026-11-21T00:53:24').getTimezoneOffset()).not.toBe(0);
    expect(timestampSchema.parse(text).toISOString()).toBe(iso);
  });

  it.each(['', 'soon', 'null', 42, null])('refuses %j', (value) => {
    expect(timestampSchema.safeParse(value).success).toBe(false);
  });
});

describe('answers', () => {
  it('reads null as absent, and null money as what it is: zero', () => {
    const escrow = escrowSchema.parse({ ...looked, fee_amount: null });
    expect(escrow).toMatchObject({ escrowId: 'e-1', feeAmount: 0, taskId: 't-1' });
    expect(escrow.releasedAmount).toBeUndefined();
    expect(escrow.releasedFee).toBeUndefined();
    expect(escrow.expiresAt.toISOString()).toBe('2030-01-01T00:00:00.123Z');
  });

  it('reads an answer that leaves out what may be null', () => {
    const { group_id: _, requester_id: __, total_held: ___, ...short } = created;
    expect(createdEscrowSchema.parse(short)).toMatchObject({ escrowId: 'e-1', amount: 10 });
  });

  it('passes unknown statuses and fields', () => {
    expect(
      createdEscrowSchema.parse({ ...created, status: 'partially_released', shard: 7 }).status,
    ).toBe('partially_released');
  });

  it('counts a list that does not say its total', () => {
    expect(escrowListSchema.parse({ escrows: [looked] }).total).toBe(1);
  });

  it('reads an account and a balance', () => {
    expect(
      registrationSchema.parse({
        message: 'saved',
        account: { id: 'a', bot_name: 'b', description: null, skills: null },
        api_key: 'ate_1',
        starter_tokens: 100,
      }),
    ).toMatchObject({ account: { id: 'a', botName: 'b', skills: [] }, starterTokens: 100 });
    expect(balanceSchema.parse({ account_id: 'a', available: 89.5, held_in_escrow: null })).toEqual(
      {
        accountId: 'a',
        available: 89.5,
        heldInEscrow: 0,
        totalEarned: 0,
        totalSpent: 0,
      },
    );
  });
});

describe('an escrow request', () => {
  const request = { provider_id: 'agent-1', amount: 10, task_id: 't', ttl_minutes: 30 };

  it('is sent as it is', () => {
    expect(escrowRequestSchema.parse(request)).toEqual(request);
  });

  it.each([
    { amount: 0 },
    { amount: 10_001 },
    { amount: 1.5 },
    { amount: '3' },
    { ttl_minutes: 0 },
    { ttl_minutes: 1.5 },
    { ttl_minutes: 99_999_999_999 },
    { task_id: 'x'.repeat(256) },
    { task_type: 'x'.repeat(101) },
    { group_id: 'x'.repeat(37) },
    { provider_id: '' },
    { provider_id: 'two words' },
    { required_attestation_level: 'notarized' },
  ])('is refused with %j', (change) => {
    expect(escrowRequestSchema.safeParse({ ...request, ...change }).success).toBe(false);
  });
});

describe('readSettlementMetadata', () => {
  const block = {
    escrowId: 'e-1',
    amount: 10,
    feeAmount: 1,
    exchangeUrl: 'https://exchange.example.com/v1',
    expiresAt: '2030-01-01T00:00:00Z',
  };

  it.each(['a2a-se', 'a2a-se.escrow'])('finds the block under %s', (key) => {
    expect(readSettlementMetadata({ other: 1, [key]: block })).toEqual({
      ...block,
      expiresAt: new Date(block.expiresAt),
    });
  });

  it('prefers the specification over the page', () => {
    expect(
      readSettlementMetadata({ 'a2a-se.escrow': { escrowId: 'old' }, 'a2a-se': block })?.escrowId,
    ).toBe('e-1');
  });

  it('drops what makes no sense but the escrow', () => {
    expect(
      readSettlementMetadata({
        'a2a-se': { escrowId: 'e-1', amount: 'ten', feeAmount: null, expiresAt: 'soon' },
      }),
    ).toEqual({ escrowId: 'e-1' });
  });

  it.each([undefined, null, 'a2a-se', {}, { 'a2a-se': null }, { 'a2a-se': { escrowId: '' } }])(
    'finds none in %j',
    (metadata) => {
      expect(readSettlementMetadata(metadata)).toBeUndefined();
    },
  );
});
