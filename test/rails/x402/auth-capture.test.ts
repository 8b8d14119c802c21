import { x402Client } from '@x402/core/client';
import { AuthCaptureEvmScheme } from '@x402/evm/auth-capture/client';
import { x402, type X402AuthCapture, type X402Options } from 'ai-sdk-a2a-settlement/x402';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import type { SettlementRail } from '../../../src/rails/rail';
import { asking, escrowOffer, escrows, offerV1, offerV2, payee, payer } from './offers';

const limited = { hasLimit: () => true };
const account = privateKeyToAccount(generatePrivateKey());
const now = () => Math.floor(Date.now() / 1000);
const other = '0x4444444444444444444444444444444444444444';

/** Base Sepolia, at its beginning. */
const ledger = { request: async ({ method }: { method: string }) => answers[method] };
const answers: Record<string, string> = { eth_chainId: '0x14a34', eth_blockNumber: '0x1' };

/** An account that counts what it signs. */
function counting() {
  const signed: unknown[] = [];
  const signTypedData = async (typed: never) => {
    signed.push(typed);
    return account.signTypedData(typed);
  };
  return { signed, client: { address: account.address, signTypedData } };
}

function railOf(options: Partial<X402Options> = {}, own: Partial<X402AuthCapture> = {}) {
  const authCapture = { ...escrows, ...own };
  return x402({ client: account, ledger, authCapture, ...options });
}

async function holdOf(rail: SettlementRail, offer: object) {
  const challenge = rail.challenge?.(asking([offer]), limited);
  if (challenge === undefined) throw new Error('not asked');
  return rail.hold({ taskId: 't', ttlMinutes: 5, ...challenge, challenge });
}

describe('an offer of `auth-capture`', () => {
  test('that names the payer is held, by the payer’s word', async () => {
    const rail = railOf();
    const hold = await holdOf(rail, escrowOffer(account.address));
    expect(hold).toMatchObject({ amount: '0.25', currency: 'USDC', payee });
    expect(hold.expiresAt.getTime() / 1000).toBeGreaterThan(now() + 3500);
    expect(rail.capabilitiesOf?.(hold)).toEqual({ capturedBy: 'payer', partialRelease: true });
    // The calls are limited as all of the rail.
    expect(rail.capabilities).toEqual({ capturedBy: 'agent', partialRelease: false });
  });

  test.each([
    ['nobody', undefined],
    ['somebody else', payee],
  ])('that names %s is the seller’s to capture', async (_, receiverAuthorizer) => {
    const rail = railOf();
    const extra = { receiverAuthorizer, captureAuthorizer: other };
    const hold = await holdOf(rail, escrowOffer('', extra));
    expect(rail.capabilitiesOf?.(hold)).toEqual({ capturedBy: 'agent', partialRelease: false });
  });

  test('stands before others, where an escrow is named', () => {
    const both = asking([offerV2({ amount: '100' }), escrowOffer(account.address)]);
    expect(railOf().challenge?.(both, limited)).toMatchObject({ amount: '0.25' });
    expect(x402({ client: account, ledger }).challenge?.(both, limited)).toMatchObject({
      amount: '0.0001',
    });
  });

  test('that is the payer’s stands before one that is the seller’s', async () => {
    const sellers = escrowOffer(payee, { captureAuthorizer: other }, { amount: '100' });
    const asked = asking([sellers, escrowOffer(account.address), offerV2({ amount: '7' })]);
    expect(railOf().challenge?.(asked, limited)).toMatchObject({ amount: '0.25' });
    const rest = asking([sellers, offerV2({ amount: '7' })]);
    expect(railOf().challenge?.(rest, limited)).toMatchObject({ amount: '0.0001' });
  });

  test.each<[string, object, string, string, Partial<X402AuthCapture>?]>([
    ['another escrow', { authCaptureEscrow: other }, 'NOT_CONFIGURED', 'authCapture.escrow'],
    [
      'an unknown operator',
      { captureAuthorizer: other },
      'NOT_CONFIGURED',
      'authCapture.operators',
    ],
    ['no relay', {}, 'NOT_CONFIGURED', 'authCapture.relay', { relay: undefined }],
    ['no operator', {}, 'NOT_CONFIGURED', 'authCapture.operators', { operators: undefined }],
    [
      'a hold without end',
      { captureDeadline: now() + 9e6, refundDeadline: now() + 9e6 },
      'LIMIT_EXCEEDED',
      'authCapture.maxHoldSeconds',
    ],
    ['a hold that is over', { captureDeadline: now() }, 'VALIDATION', 'deadlines'],
    ['refunds that end first', { refundDeadline: now() + 10 }, 'VALIDATION', 'deadlines'],
    ['contradictory fees', { minFeeBps: 1 }, 'VALIDATION', 'fees'],
    ['a charge', { paymentFlow: 'authorization' }, 'VALIDATION', 'not supported'],
    ['Permit2', { assetTransferMethod: 'permit2' }, 'VALIDATION', 'not supported'],
    ['a policy', { policy: other }, 'VALIDATION', 'policy'],
    ['no deadline', { captureDeadline: undefined }, 'VALIDATION', 'missing'],
  ])('of %s is refused before anything is signed', (_, extra, code, named, own = {}) => {
    const { client, signed } = counting();
    const rail = railOf({ client }, own);
    const asked = asking([escrowOffer(account.address, extra)]);
    expect(() => rail.challenge?.(asked, limited)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(named) }),
    );
    expect(signed).toEqual([]);
    // What can be paid beside it is.
    const both = asking([escrowOffer(account.address, extra), offerV2()]);
    expect(rail.challenge?.(both, limited)).toMatchObject({ amount: '0.25' });
  });

  test('of version 1 is none', () => {
    const { extra } = escrowOffer(account.address);
    const asked = asking([offerV1({ scheme: 'auth-capture', extra })], 1);
    expect(() => railOf().challenge?.(asked, limited)).toThrow(/not supported/);
  });

  test('is refused where it may be used and no escrow is named', () => {
    const rail = x402({ client: account, ledger, schemes: ['auth-capture'] });
    expect(() => rail.challenge?.(asking([escrowOffer(account.address)]), limited)).toThrow(
      /set `authCapture`/,
    );
  });

  test('takes a ledger of its own chain', async () => {
    const { client, signed } = counting();
    const rail = railOf({ client, ledger: { request: async () => '0x1' } });
    await expect(holdOf(rail, escrowOffer(account.address))).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
      isDispatched: false,
      message: expect.stringContaining('`ledger`'),
    });
    expect(signed).toEqual([]);
  });

  test('the agent is told whom it may name', async () => {
    expect(railOf().decorateOffer?.({})).toMatchObject({
      metadata: { 'x402.payment.payer': account.address },
    });
    expect(x402({ client: account }).decorateOffer?.({})).toMatchObject({ metadata: {} });
  });
});

describe('`authCapture`', () => {
  const client = new x402Client();

  test.each<[string, () => unknown, RegExp]>([
    ['no ledger', () => railOf({ ledger: undefined }), /requires a `ledger`/],
    ['no address', () => railOf({}, { escrow: '0x1' }), /addresses/],
    ['an operator that is none', () => railOf({}, { operators: ['me'] }), /addresses/],
    ['a client alone', () => railOf({ client }), /authCapture.account/],
  ])('with %s is refused when it is given', (_, create, message) => {
    expect(create).toThrow(message);
  });
});

describe('a client of the user’s own', () => {
  const scheme = new AuthCaptureEvmScheme(account);
  const client = new x402Client().setSpendControls(false).register('eip155:*', scheme);

  test('signs the same payment for the escrow that it knows', async () => {
    for (const by of [account.address, payee]) {
      const own = { account };
      const rail = railOf({ client }, own);
      const captureAuthorizer = by === payee ? other : escrows.operators[0];
      const hold = await holdOf(rail, escrowOffer(by, { captureAuthorizer }));
      expect(hold).toMatchObject({ state: { from: account.address } });
      const { metadata } = await rail.decorate(hold, { isFirst: true });
      expect(metadata).toMatchObject({
        'x402.payment.payload': { payload: { authorization: { to: escrows.collector } } },
      });
    }
  });

  interface Payload {
    authorization: Record<string, string>;
    salt: string;
    saltNonce?: string;
  }
  const random = `0x${'12'.repeat(32)}`;

  test.each<[string, (payload: Payload) => void]>([
    ['another payee', ({ authorization }) => Object.assign(authorization, { nonce: random })],
    ['another collector', ({ authorization }) => Object.assign(authorization, { to: payer })],
    ['another payer', ({ authorization }) => Object.assign(authorization, { from: payer })],
    ['a lower amount', ({ authorization }) => Object.assign(authorization, { value: '1' })],
    ['a higher amount', ({ authorization }) => Object.assign(authorization, { value: '250001' })],
    [
      'a longer time',
      ({ authorization }) => Object.assign(authorization, { validBefore: `${now() + 4000}` }),
    ],
    ['another authorizer', (payload) => Object.assign(payload, { saltNonce: random })],
    ['nobody as authorizer', (payload) => Reflect.deleteProperty(payload, 'saltNonce')],
    ['another salt', (payload) => Object.assign(payload, { salt: random })],
    ['no salt', (payload) => Reflect.deleteProperty(payload, 'salt')],
  ])('that signed %s is not believed', async (_, change) => {
    const changed = {
      async createPaymentPayload(required: never) {
        const payment = await client.createPaymentPayload(required);
        change(payment.payload as never);
        return payment;
      },
    };
    await expect(
      holdOf(railOf({ client: changed }, { account }), escrowOffer(account.address)),
    ).rejects.toMatchObject({ code: 'VALIDATION', isDispatched: false });
  });
});
