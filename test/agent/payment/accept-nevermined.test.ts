import { Role } from '@a2a-js/sdk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  acceptNevermined,
  type AcceptNeverminedOptions,
  type PaidRequest,
} from '../../../src/agent';

const backendUrl = 'https://nevermined.example.com';
const signature = `0x${'ab'.repeat(65)}`;
const from = `0x${'11'.repeat(20)}`;

/** A backend that says yes, and what changes that. */
function serve(
  says: { verify?: object; settle?: object } = {},
  options: Partial<AcceptNeverminedOptions> = {},
) {
  const asked: { maxAmount: string }[] = [];
  const accept = acceptNevermined({
    apiKey: 'local:key',
    backendUrl,
    agentId: 'did:nv:baker',
    planId: 'plan',
    credits: 5,
    url: 'https://shop.example.com/baker',
    fetch: async (input, init) => {
      const request = new Request(input, init);
      asked.push((await request.json()) as { maxAmount: string });
      return Response.json(
        request.url.endsWith('/verify')
          ? { isValid: true, ...says.verify }
          : { success: true, transaction: '0xt', creditsRedeemed: '5', ...says.settle },
      );
    },
    ...options,
  });
  return { accept, asked };
}

function paid({
  agentId = 'did:nv:baker',
  planId = 'plan',
  nonce = 'once' as unknown,
} = {}): PaidRequest {
  const authorization = { from, ...(nonce !== undefined && { nonce }) };
  const payload = {
    x402Version: 2,
    accepted: { scheme: 'nvm:erc4337', network: 'eip155:84532', planId, extra: { agentId } },
    payload: { signature, authorization },
  };
  return {
    taskId: 't',
    headers: {},
    message: {
      messageId: 'm',
      taskId: 't',
      contextId: '',
      role: Role.ROLE_USER,
      parts: [],
      metadata: { 'x402.payment.payload': payload },
      extensions: [],
      referenceTaskIds: [],
    },
  };
}

describe('the card', () => {
  const params = (options: Partial<AcceptNeverminedOptions>) =>
    serve({}, options).accept.extensions([])[0]?.params;

  test('says what is checked', () => {
    expect(params({})).toEqual({
      paymentType: 'dynamic',
      credits: 5,
      planId: 'plan',
      agentId: 'did:nv:baker',
      costDescription: 'Up to 5 credits a call',
      isTrialPlan: false,
    });
    expect(params({ planId: undefined, planIds: ['a', 'b'], paymentType: 'fixed' })).toMatchObject({
      paymentType: 'fixed',
      planIds: ['a', 'b'],
      costDescription: '5 credits a call',
    });
    expect(params({ credits: 0 })).toMatchObject({ isTrialPlan: true });
  });

  test('offers each plan, on the network of its environment', async () => {
    const { accept } = serve({}, { planId: undefined, planIds: ['a', 'b'] });
    expect(await accept.offers?.()).toMatchObject([
      { scheme: 'nvm:erc4337', network: 'eip155:84532', planId: 'a' },
      { planId: 'b' },
    ]);
    const cards = serve({}, { scheme: 'nvm:card-delegation' });
    expect(await cards.accept.offers?.()).toMatchObject([
      { scheme: 'nvm:card-delegation', network: 'stripe' },
    ]);
  });
});

test.each([
  ['of another plan', { planId: 'other' }, 'WRONG_PLAN'],
  ['for another agent', { agentId: 'did:nv:butcher' }, 'WRONG_AGENT'],
])('a token %s is refused without asking anybody', async (_, changes, reason) => {
  const { accept, asked } = serve();
  expect(await accept.read(paid(changes))?.verify()).toMatchObject({ verified: false, reason });
  expect(asked).toEqual([]);
});

test('what tells a token apart is none', () => {
  const { accept } = serve();
  const once = accept.read(paid())?.id ?? signature;
  expect(once).not.toContain(signature.slice(0, 20));
  expect(accept.read(paid())?.id).toBe(once);
  expect(accept.read(paid({ nonce: 'other' }))?.id).not.toBe(once);
});

test('one token has one id, however its nonce is written', () => {
  const { accept } = serve();
  const idOf = (nonce: unknown) => accept.read(paid({ nonce }))?.id;
  const mixed = (text: string, upper: readonly boolean[]) =>
    [...text].map((char, at) => (upper[at] ? char.toUpperCase() : char)).join('');
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      fc.array(fc.boolean(), { minLength: 64, maxLength: 64 }),
      fc.nat(3),
      fc.nat(3),
      (value, upper, before, after) => {
        const id = idOf(value.toString());
        const hex = value.toString(16);
        const [left, right] = [' '.repeat(before), '\n'.repeat(after)];
        expect(idOf(`${left}0x${mixed(hex, upper)}${right}`)).toBe(id);
        expect(idOf(`0X${mixed(hex.padStart(64, '0'), upper)}`)).toBe(id);
        expect(idOf(`${left}00${value}${right}`)).toBe(id);
        expect(idOf((value + 1n).toString())).not.toBe(id);
      },
    ),
  );
  expect(idOf(10)).toBe(idOf('10'));
  expect(idOf('ab'.repeat(32))).toBe(idOf(`0x${'AB'.repeat(32)}`));
  expect(idOf(' Once')).toBe(idOf('once'));
});

test.each([[['once']], [{}], [true], [1.5], [1e21], ['on ce'], ['once\u200b'], ['x'.repeat(201)]])(
  'the nonce %j is none, and its token is refused without asking anybody',
  async (nonce) => {
    const { accept, asked } = serve();
    expect(await accept.read(paid({ nonce }))?.verify()).toMatchObject({ reason: 'INVALID_TOKEN' });
    expect(asked).toEqual([]);
  },
);

test.each([
  ['of another payer', { payer: `0x${'99'.repeat(20)}` }, 'INVALID_TOKEN'],
  ['of another plan', { planId: 'other' }, 'INVALID_TOKEN'],
  ['that tells the token', { isValid: false, invalidReason: `no ${signature}` }, 'INVALID_TOKEN'],
  ['that is no answer', { isValid: 'yes' }, 'UNEXPECTED_ANSWER'],
])('a verdict %s is no good one', async (_, verify, reason) => {
  const { accept } = serve({ verify });
  expect(await accept.read(paid())?.verify()).toMatchObject({ verified: false, reason });
});

describe('a settlement', () => {
  const settle = async (says: object, used?: number, options = {}) => {
    const { accept, asked } = serve({ settle: says }, options);
    const verdict = await accept.read(paid())?.verify();
    if (!verdict?.verified) throw new Error('refused');
    return { settled: await verdict.sale.settle({ used }), asked: asked.at(-1)?.maxAmount };
  };

  test.each([
    ['of another payer', { payer: 'someone' }, 'UNEXPECTED_ANSWER'],
    ['of another plan', { planId: 'other' }, 'UNEXPECTED_ANSWER'],
    ['for another agent', { agentId: 'other' }, 'UNEXPECTED_ANSWER'],
    ['that took nothing', { creditsRedeemed: '0', transaction: '' }, 'NOTHING_TAKEN'],
    ['that failed', { success: false, errorReason: 'short' }, 'short'],
    ['that says nothing', { success: undefined }, 'SETTLEMENT_FAILED'],
  ])('%s is none', async (_, says, reason) => {
    expect((await settle(says)).settled).toMatchObject({ status: 'unsettled', reason });
  });

  test.each([
    [{ creditsRedeemed: '77' }, 5],
    [{ creditsRedeemed: 3 }, 3],
    [{ creditsRedeemed: 'all' }, 5],
    // Pay-as-you-go: an order, and no credits.
    [{ creditsRedeemed: '0', orderTx: '0xo' }, 5],
  ])('of %j is one of %i credits', async (says, amount) => {
    const { settled } = await settle(says);
    expect(settled).toMatchObject({ status: 'settled', amount });
    expect(settled.metadata).toMatchObject({ creditsCharged: amount });
  });

  test.each([
    ['dynamic', 1.2, '2'],
    ['dynamic', 77, '5'],
    ['dynamic', undefined, '5'],
    ['fixed', 1, '5'],
  ] as const)('%s, of %s, asks for %s', async (paymentType, used, asked) => {
    expect((await settle({}, used, { paymentType })).asked).toBe(asked);
  });

  test('shows no more of the answer than a receipt', async () => {
    const { settled } = await settle({ secret: signature, transaction: `x\n${signature}` });
    expect(JSON.stringify(settled)).not.toContain(signature);
  });
});
