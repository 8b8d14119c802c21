import { inspect } from 'node:util';
import { x402, type X402Options } from 'ai-sdk-a2a-settlement/x402';
import { describe, expect, test } from 'vitest';
import type { AgentAnswer, Hold, SettlementRail } from '../../../src/rails/rail';
import { PERMIT2_PROXIES } from '../../../src/rails/x402/permit-use';
import { completed, holdOf, railOf } from './holding';
import {
  asking,
  base64,
  network,
  nvmOffer,
  offerV1,
  offerV2,
  payee,
  payer,
  required,
  signed,
  transaction,
  usdc,
} from './offers';

const limited = { hasLimit: () => true };

describe('the card', () => {
  const v02 = 'https://github.com/google-agentic-commerce/a2a-x402/blob/main/spec/v0.2';
  const v01 = 'https://github.com/google-a2a/a2a-x402/v0.1';

  test.each([v01, v02])('says with %s that it is asked', (uri) => {
    const card = (declared: object) => ({ capabilities: { extensions: [{ uri, ...declared }] } });
    const { terms } = railOf();
    expect(terms(card({}), {})).toEqual({ isAsked: true, required: false });
    expect(terms(card({ required: true }), {})).toEqual({ isAsked: true, required: true });
  });

  test.each([
    undefined,
    {},
    { capabilities: {} },
    { capabilities: { extensions: [{ uri: 'x' }] } },
  ])('says nothing: %j', (card) => expect(railOf().terms(card, {})).toBeUndefined());

  test('both versions are offered to whoever is asked', () => {
    expect(railOf().decorateOffer?.({})).toEqual({ metadata: {}, extensions: [v02, v01] });
  });
});

describe('the challenge', () => {
  const asked = { payee, amount: '0.25', currency: { code: 'USDC', decimals: 6 } };

  test.each([
    ['version 2', asking([offerV2()])],
    ['version 1', asking([offerV1()], 1)],
    ['an HTTP 402', { headers: { 'payment-required': base64(required([offerV2()])) } }],
    ['no word of the status', { metadata: { 'x402.payment.required': required([offerV2()]) } }],
    ['other systems beside it', asking([nvmOffer, { scheme: 'exact' }, offerV2()])],
    ['`upto`', asking([offerV2({ scheme: 'upto' })])],
  ])('of %s', (_, answer: AgentAnswer) => {
    expect(railOf().challenge?.(answer, limited)).toMatchObject(asked);
  });

  test.each<[string, AgentAnswer]>([
    ['nothing', { state: 'completed', metadata: {} }],
    ['no metadata', {}],
    ['another version', asking([offerV2()], 3)],
    ['Nevermined only', asking([nvmOffer])],
    ['no base64', { headers: { 'payment-required': '{}' } }],
    ['a task that is over', { ...asking([offerV2()]), state: 'failed' }],
    [
      'a payment that was made',
      {
        metadata: {
          ...asking([offerV2()]).metadata,
          'x402.payment.status': 'payment-completed',
        },
      },
    ],
  ])('of %s is none', (_, answer) => {
    expect(railOf().challenge?.(answer, limited)).toBeUndefined();
  });

  test.each(['0.25', '-1'])('of %s, which is no amount, is an error that says so', (amount) => {
    const read = () => railOf().challenge?.(asking([offerV2({ amount })]), limited);
    expect(read).toThrow(/an offer that cannot be read. Nothing was signed/);
    // What another rail may pay is left to it.
    const foreign = { scheme: 'nvm:erc4337', network: 'eip155:84532', planId: '1' };
    const both = asking([offerV2({ amount }), foreign as never]);
    expect(railOf().challenge?.(both, limited)).toBeUndefined();
  });

  test.each([
    ['schemes', offerV2({ scheme: 'batch-settlement' }), {}],
    // Of an escrow that nobody named.
    ['schemes', offerV2({ scheme: 'auth-capture' }), {}],
    ['networks', offerV2(), { networks: ['eip155:1'] }],
  ])('that %s do not allow is an error that says so', (option, offer, options) => {
    const read = () => railOf(options).challenge?.(asking([offer]), { hasLimit: () => true });
    expect(read).toThrow(new RegExp(`\\\`${option}\\\` of \\\`x402\\\` allows`));
    // What another rail may pay is left to it.
    const foreign = { scheme: 'nvm:erc4337', network: 'eip155:84532', planId: '1' };
    const both = asking([offer, foreign as never]);
    expect(railOf(options).challenge?.(both, { hasLimit: () => true })).toBeUndefined();
  });

  test('is the preferred of those that can be paid, in a currency with a limit', () => {
    const accepts = [
      offerV2({ scheme: 'upto', amount: '1000000' }),
      offerV2({ amount: '900000' }),
      offerV2({
        amount: '800000',
        network: 'eip155:988',
        asset: '0x779Ded0c9e1022225f8E0630b35a9b54bE713736',
      }),
    ];
    const amountOf = (options: Partial<X402Options>, hasLimit = (_code: string) => true) =>
      railOf(options).challenge?.(asking(accepts), { hasLimit })?.amount;
    expect(amountOf({})).toBe('0.9');
    expect(amountOf({ schemes: ['upto', 'exact'] })).toBe('1');
    expect(amountOf({ networks: ['eip155:988'] })).toBe('0.8');
    expect(amountOf({}, (code) => code === 'USDT0')).toBe('0.8');
  });

  test('of an asset that nobody knows names the option to add it by', () => {
    const asset = '0x9999999999999999999999999999999999999999';
    const answer = asking([offerV2({ asset })]);
    const ask = (rail: SettlementRail) => rail.challenge?.(answer, limited);
    expect(() => ask(railOf())).toThrow(
      expect.objectContaining({
        code: 'NOT_CONFIGURED',
        message: expect.stringContaining(
          `x402({ assets: [{ network: '${network}', asset: '${asset}'`,
        ),
      }),
    );
    // Another rail can pay what is offered beside it.
    expect(railOf().challenge?.(asking([offerV2({ asset }), nvmOffer]), limited)).toBeUndefined();
    const assets = [{ network, asset, code: 'BREAD', decimals: 18 }];
    expect(ask(railOf({ assets }))).toMatchObject({
      amount: '0.00000000000025',
      currency: { code: 'BREAD', decimals: 18 },
    });
  });

  test('of a signature that is good for longer than is wanted is refused', () => {
    const answer = asking([offerV2({ maxTimeoutSeconds: 86_401 })]);
    expect(() => railOf().challenge?.(answer, limited)).toThrow(/86401 seconds/);
    expect(railOf({ maxValidSeconds: 90_000 }).challenge?.(answer, limited)).toMatchObject(asked);
  });
});

describe('the hold', () => {
  test('asks the client for the one offer that was agreed to', async () => {
    const seen: unknown[] = [];
    const client = {
      createPaymentPayload: async (asked: unknown) => {
        seen.push(asked);
        return signed(asked);
      },
    };
    await holdOf(railOf({ client }), asking([nvmOffer, offerV2(), offerV2({ amount: '1' })]));
    expect(seen).toEqual([required([offerV2()])]);
  });

  test.each<[string, Parameters<typeof signed>[1]]>([
    ['another payee', { authorization: { to: payer } }],
    ['a higher amount', { authorization: { value: '250001' } }],
    ['another offer', { accepted: { amount: '250001' } }],
    ['another offer', { accepted: { payTo: payer } }],
    ['another offer', { accepted: { asset: payee } }],
    ['another offer', { accepted: { network: 'eip155:1' } }],
    ['another offer', { accepted: { scheme: 'upto' } }],
    ['it has expired', { authorization: { validBefore: '1' } }],
    ['it is valid for longer than requested', { authorization: { validBefore: '99999999999' } }],
    ['its format is not known', { payload: { authorization: {} } }],
    ['another asset', { payload: permit({ permitted: { token: payee, amount: '250000' } }) }],
    ['another payee', { payload: permit({ witness: { to: payer } }) }],
    ['a higher amount', { payload: permit({ permitted: { token: usdc, amount: '250001' } }) }],
  ])('%s than was asked for is not sent', async (what, changes) => {
    const client = { createPaymentPayload: async (asked: unknown) => signed(asked, changes) };
    const error = await holdOf(railOf({ client })).catch((error: unknown) => error);
    expect(error).toMatchObject({
      code: 'VALIDATION',
      isDispatched: false,
      message: expect.stringContaining(what),
    });
    expect(inspect(error, { depth: 9 })).not.toContain('secret-signature');
  });

  test('signs nothing for another amount or payee than was agreed to', async () => {
    let count = 0;
    const client = { createPaymentPayload: async () => void count++ };
    const rail = railOf({ client });
    const challenge = rail.challenge?.(asking([offerV2()]), limited);
    if (challenge === undefined) throw new Error('not asked');
    const request = { taskId: 't', ttlMinutes: 5, ...challenge, challenge };
    for (const change of [{ amount: '0.24' }, { payee: payer }]) {
      await expect(rail.hold({ ...request, ...change })).rejects.toMatchObject({
        code: 'INVALID_AMOUNT',
      });
    }
    await expect(rail.hold({ ...request, challenge: undefined })).rejects.toMatchObject({
      code: 'NO_PAYEE',
    });
    expect(count).toBe(0);
  });

  test('a client that refuses is quoted', async () => {
    const client = { createPaymentPayload: () => Promise.reject(new Error('over $1')) };
    await expect(holdOf(railOf({ client }))).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
      isDispatched: false,
      message: expect.stringContaining('over $1'),
    });
  });

  test('what cannot sign is refused', () => {
    const rail = x402({ client: {} as never });
    expect(() => rail.assertConfigured()).toThrow(/`client`/);
    expect(() => railOf().assertConfigured()).not.toThrow();
  });

  test('an aborted one is not sent', async () => {
    const controller = new AbortController();
    const client = {
      createPaymentPayload: async (asked: unknown) => {
        controller.abort(new Error('gone'));
        return signed(asked);
      },
    };
    const rail = railOf({ client });
    const challenge = rail.challenge?.(asking([offerV2()]), limited);
    if (challenge === undefined) throw new Error('not asked');
    const request = { taskId: 't', ttlMinutes: 5, ...challenge, challenge };
    const { signal: abortSignal } = controller;
    await expect(rail.hold(request, { abortSignal })).rejects.toThrow('gone');
  });

  test('the signature goes into the first message, and nowhere else', async () => {
    const rail = railOf();
    const hold = await holdOf(rail);
    expect(JSON.stringify(hold)).not.toContain('secret-signature');
    expect(inspect(rail, { depth: 9, showHidden: true })).not.toContain('secret-signature');
    const { metadata } = await rail.decorate(hold, { isFirst: true });
    expect(metadata).toMatchObject({
      'x402.payment.status': 'payment-submitted',
      'x402.payment.payload': { payload: { signature: '0xsecret-signature' } },
    });
    // A member that is undefined is nothing that a message can bear.
    expect(metadata['x402.payment.payload']).not.toHaveProperty('extensions');
  });

  test('asked for by an HTTP 402, it goes into a header', async () => {
    const rail = railOf();
    const challenge = { headers: { 'payment-required': base64(required([offerV2()])) } };
    const decoration = await rail.decorate(await holdOf(rail, challenge), { isFirst: true });
    expect(decoration.metadata).toEqual({});
    const sent = decoration.headers?.['payment-signature'] ?? '';
    expect(JSON.parse(Buffer.from(sent, 'base64').toString())).toMatchObject({
      x402Version: 2,
      accepted: offerV2(),
    });
  });

  test('a network whose signatures cannot be read goes by what the client says of it', async () => {
    const solana = { network: 'solana:5eykt4', asset: 'EPjF', payTo: 'Seller' };
    const assets = [{ ...solana, code: 'USDC', decimals: 6 }];
    const client = {
      createPaymentPayload: async (asked: unknown) =>
        signed(asked, { payload: { transaction: 'secret-transaction' } }),
    };
    const rail = railOf({ client, assets, ledger: 'http://127.0.0.1:1' });
    const hold = await holdOf(rail, asking([offerV2(solana)]));
    expect(hold).toMatchObject({ exchangeUrl: 'solana:5eykt4', currency: 'USDC' });
    expect(JSON.stringify(hold)).not.toContain('secret-transaction');
    const receipts = [{ success: true, transaction: '5sig', network: 'solana:5eykt4' }];
    expect(await rail.release(hold, { answer: completed(receipts) })).toMatchObject({
      status: 'released',
      proof: [{ transaction: '5sig', confirmedBy: 'agent' }],
    });
  });
});

describe('without a ledger', () => {
  const own = { success: true, transaction, network, payer };
  const proof = [{ transaction, network, confirmedBy: 'agent' }];

  test('the agent’s receipt is believed about our payment, and shown as its word', async () => {
    const rail = railOf();
    const hold = await holdOf(rail);
    const paid = { amount: '0.25', fee: '0', proof };
    const answer = completed([own]);
    expect(await rail.release(hold, { answer })).toEqual({ status: 'released', ...paid });
    expect(await rail.refund(hold, { answer })).toEqual({ status: 'taken', ...paid });
    expect(rail.look).toBeUndefined();
    expect(rail.balance).toBeUndefined();
  });

  test.each([
    ['none', []],
    ['a failure', [{ ...own, success: false }]],
    ['another network', [{ ...own, network: 'eip155:1' }]],
    ['another payer', [{ ...own, payer: payee }]],
    ['no transaction', [{ ...own, transaction: 'done' }]],
    ['more than was signed', [{ ...own, amount: '250001' }]],
    ['what is none', [7, null, 'paid', { paid: true }]],
  ])('a receipt of %s says nothing', async (_, receipts) => {
    const rail = railOf();
    const hold = await holdOf(rail);
    const pending = { status: 'pending', until: hold.expiresAt };
    expect(await rail.release(hold, { answer: completed(receipts) })).toEqual(pending);
    expect(await rail.refund(hold, { answer: completed(receipts) })).toEqual(pending);
  });

  test('when the signature is over, what nobody said is not made up', async () => {
    const rail = railOf();
    const hold = over(await holdOf(rail));
    expect(await rail.refund(hold, { answer: { state: 'failed' } })).toEqual({
      status: 'refunded',
      returned: '0.25',
    });
    await expect(rail.refund(hold)).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
      message: expect.stringContaining('`ledger`'),
    });
    // What was delivered counts as paid, without a proof.
    expect(await rail.release(hold)).toEqual({ status: 'released', amount: '0.25', fee: '0' });
  });

  test('over HTTP nobody hands on a receipt: what was delivered counts as paid', async () => {
    const rail = railOf();
    const headers = { 'payment-required': base64(required([offerV2()])) };
    const hold = await holdOf(rail, { headers });
    const answer = { state: 'completed' };
    expect(await rail.release(hold, { answer })).toMatchObject({ status: 'released' });
    const refusal = { headers: { 'payment-response': base64({ ...own, success: false }) } };
    expect(await rail.refund(hold, { answer: refusal })).toMatchObject({ status: 'pending' });
    const receipt = { headers: { 'payment-response': base64(own) } };
    expect(await rail.refund(hold, { answer: receipt })).toMatchObject({ status: 'taken', proof });
  });

  test.each(['not-dispatched', 'unreachable'])(
    'what was never sent (%s) is back at once, and cannot be sent any more',
    async (reason) => {
      const rail = railOf();
      const hold = await holdOf(rail);
      // Who has not signed it does not know what became of it.
      expect(await railOf().refund(hold, { reason })).toMatchObject({ status: 'pending' });
      expect(await rail.refund(hold, { reason })).toEqual({ status: 'refunded', returned: '0.25' });
      expect(() => rail.decorate(hold, { isFirst: true })).toThrow(/expired/);
    },
  );

  test('notes of another version are no payment', async () => {
    const rail = railOf();
    const hold = await holdOf(rail);
    for (const state of [undefined, {}, { ...hold.state, nonce: 7 }]) {
      await expect(rail.release({ ...hold, state })).rejects.toMatchObject({
        code: 'UNEXPECTED_ANSWER',
      });
    }
  });
});

/** The same, some time after its end. */
function over(hold: Hold): Hold {
  return { ...hold, state: { ...hold.state, validBefore: 1000 } };
}

function permit(changes: object) {
  return {
    signature: '0xsecret-signature',
    permit2Authorization: {
      from: payer,
      permitted: { token: usdc, amount: '250000' },
      spender: PERMIT2_PROXIES['exact'],
      nonce: '7',
      deadline: String(Math.floor(Date.now() / 1000) + 300),
      witness: { to: payee },
      ...changes,
    },
  };
}
