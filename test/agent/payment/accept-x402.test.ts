import { Role } from '@a2a-js/sdk';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  type AcceptX402Options,
  acceptX402,
  type PaidRequest,
  type X402Requirements,
} from '../../../src/agent';
import { partOf } from '../../../src/agent/payment/x402-sale';

const network = 'eip155:84532';
const payTo = `0x${'22'.repeat(20)}`;
const asset = `0x${'33'.repeat(20)}`;
const signature = `0x${'ab'.repeat(65)}`;
const secondsAhead = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);

const authorization = {
  from: `0x${'11'.repeat(20)}`,
  to: payTo,
  value: '250000',
  validAfter: '0',
  validBefore: secondsAhead(300),
  nonce: `0x${'0a'.repeat(32)}`,
};
const permit2Authorization = {
  from: authorization.from,
  permitted: { token: asset, amount: '250000' },
  spender: `0x${'44'.repeat(20)}`,
  nonce: '7',
  deadline: secondsAhead(300),
  witness: { to: payTo },
};

const offered: X402Requirements = {
  scheme: 'exact',
  network,
  asset,
  amount: '250000',
  payTo,
  maxTimeoutSeconds: 300,
  extra: { name: 'USDC' },
};

type Server = AcceptX402Options['server'];

/** A server whose facilitator says yes to all, and what changes that. */
function serve(changes: Partial<Server> = {}, options: Partial<AcceptX402Options> = {}) {
  const server: Server = {
    initialize: async () => {},
    buildPaymentRequirements: async ({ scheme }) => [{ ...offered, scheme }],
    getAssetDecimalsForRequirements: () => 6,
    findMatchingRequirements: (accepts, { accepted }) =>
      accepts.find(
        ({ amount, scheme }) => amount === accepted.amount && scheme === accepted.scheme,
      ),
    getPaymentFlow: (_, { scheme }) => (scheme === 'auth-capture' ? 'escrow' : 'authorization'),
    verifyPayment: vi.fn<Server['verifyPayment']>(async () => ({ isValid: true })),
    settlePayment: vi.fn<Server['settlePayment']>(async () => ({
      success: true,
      transaction: '0xt',
    })),
    createPaymentCancellationDispatcher: () => ({ cancel: async () => undefined }),
    ...changes,
  };
  const offer = { scheme: 'exact', network, payTo, price: '$0.25' } as const;
  return { server, accept: acceptX402({ server, offers: [offer], ...options }) };
}

function request(payload: object, accepted: Partial<X402Requirements> = {}): PaidRequest {
  const payment = { x402Version: 2, accepted: { ...offered, ...accepted }, payload };
  return {
    taskId: 't',
    headers: {},
    message: {
      messageId: 'm',
      taskId: 't',
      contextId: '',
      role: Role.ROLE_USER,
      parts: [],
      metadata: { 'x402.payment.payload': payment },
      extensions: [],
      referenceTaskIds: [],
    },
  };
}

const verifyAt = (accept: ReturnType<typeof acceptX402>, asked: PaidRequest) =>
  accept.read(asked)?.verify();

describe('what a payment says', () => {
  test.each<[string, object, string]>([
    ['less than the price', { ...authorization, value: '249999' }, 'INVALID_AMOUNT'],
    ['another payee', { ...authorization, to: asset }, 'PAYMENT_MISMATCH'],
    ['a time that is over', { ...authorization, validBefore: '1' }, 'EXPIRED_PAYMENT'],
  ])('%s is refused without asking anybody', async (_, signed, reason) => {
    const { accept, server } = serve();
    const verdict = await verifyAt(accept, request({ authorization: signed, signature }));
    expect(verdict).toMatchObject({ verified: false, reason });
    expect(server.verifyPayment).not.toHaveBeenCalled();
  });

  test.each<[string, object, string]>([
    ['another token', { permitted: { token: payTo, amount: '250000' } }, 'PAYMENT_MISMATCH'],
    ['another payee', { witness: { to: asset } }, 'PAYMENT_MISMATCH'],
    ['less', { permitted: { token: asset, amount: '1' } }, 'INVALID_AMOUNT'],
  ])('%s by Permit2 is refused', async (_, changes, reason) => {
    const { accept } = serve();
    const signed = { ...permit2Authorization, ...changes };
    const verdict = await verifyAt(accept, request({ permit2Authorization: signed, signature }));
    expect(verdict).toMatchObject({ verified: false, reason });
  });

  test('an offer that was never made is refused', async () => {
    const { accept } = serve();
    const verdict = await verifyAt(accept, request({ authorization, signature }, { amount: '1' }));
    expect(verdict).toMatchObject({ verified: false, reason: 'NETWORK_MISMATCH' });
  });

  test('one that can be read in two ways has no nonce to remember, and is refused', async () => {
    const { accept, server } = serve();
    const verdict = await verifyAt(
      accept,
      request({ authorization, permit2Authorization, signature }),
    );
    expect(verdict).toMatchObject({ verified: false, reason: 'INVALID_PAYLOAD' });
    expect(server.verifyPayment).not.toHaveBeenCalled();
  });

  test('the same nonce is the same payment, however it is written', () => {
    const { accept } = serve();
    const idOf = (payload: object) => accept.read(request({ ...payload, signature }))?.id;
    const upper = {
      ...authorization,
      from: `0x${authorization.from.slice(2).toUpperCase()}`,
      nonce: `0x${authorization.nonce.slice(2).toUpperCase()}`,
    };
    expect(idOf({ authorization: upper })).toBe(idOf({ authorization }));
    const padded = { ...permit2Authorization, nonce: '0007' };
    expect(idOf({ permit2Authorization: padded })).toBe(idOf({ permit2Authorization }));
    expect(idOf({ permit2Authorization })).not.toBe(idOf({ authorization }));
  });

  test('a payment of any length is not read', () => {
    const { accept } = serve();
    expect(accept.read(request({ authorization, signature, junk: 'x'.repeat(70_000) }))).toBe(
      undefined,
    );
  });
});

describe('what a facilitator says', () => {
  const paid = () => request({ authorization, signature });

  test.each([
    ['its secrets', `bad signature ${signature}`, 'INVALID_SIGNATURE'],
    ['control characters', 'no\u001B[2J\nmore', 'no?[2J?more'],
    ['more than anybody reads', 'x'.repeat(10_000), 'x'.repeat(200)],
  ])('is told without %s', async (_, invalidReason, told) => {
    const { accept } = serve({ verifyPayment: async () => ({ isValid: false, invalidReason }) });
    expect(await verifyAt(accept, paid())).toMatchObject({ verified: false, reason: told });
  });

  test('is told in words', async () => {
    const { accept } = serve({
      verifyPayment: async () => ({ isValid: false, invalidReason: 'insufficient_funds' }),
    });
    expect(await verifyAt(accept, paid())).toMatchObject({
      reason: 'insufficient_funds',
      message: 'The facilitator refused the payment: insufficient funds.',
    });
  });

  test('is not waited for without end', async () => {
    const never = () => new Promise<never>(() => {});
    for (const changes of [{ initialize: never }, { verifyPayment: never }]) {
      const { accept } = serve(changes, { timeoutMs: 20 });
      expect(await verifyAt(accept, paid())).toMatchObject({ reason: 'FACILITATOR_UNAVAILABLE' });
    }
    const { accept } = serve({ settlePayment: never }, { timeoutMs: 20 });
    const verdict = await verifyAt(accept, paid());
    const settled = verdict?.verified && (await verdict.sale.settle({}));
    expect(settled).toMatchObject({ status: 'unsettled', reason: 'FACILITATOR_UNAVAILABLE' });
  });

  test('is asked again after it did not answer', async () => {
    const initialize = vi
      .fn<Server['initialize']>()
      .mockRejectedValueOnce(new Error('down'))
      .mockResolvedValue();
    const { accept } = serve({ initialize });
    expect(await verifyAt(accept, paid())).toMatchObject({ reason: 'FACILITATOR_UNAVAILABLE' });
    expect(await verifyAt(accept, paid())).toMatchObject({ verified: true });
  });

  test('of an amount is not believed where it is more, nor of a network or a payer', async () => {
    const lie = { success: true, transaction: '0xt', amount: '99250000', network: 'x', payer: 'y' };
    const { accept } = serve({ settlePayment: async () => ({ ...lie, secret: signature }) });
    const verdict = await verifyAt(accept, paid());
    const settled = verdict?.verified && (await verdict.sale.settle({}));
    expect(settled).toMatchObject({
      status: 'settled',
      amount: '0.25',
      metadata: {
        'x402.payment.receipts': [
          { success: true, transaction: '0xt', network, payer: authorization.from },
        ],
      },
    });
    expect(JSON.stringify(settled)).not.toContain(signature.slice(0, 20));
  });
});

describe('a payment that an escrow holds', () => {
  const offer = {
    scheme: 'auth-capture',
    network,
    payTo,
    price: '$0.25',
    extra: ({ at }: { at: Date }) => ({ captureDeadline: at.getTime() / 1000 + 3600 }),
  } as const;
  const build: Server['buildPaymentRequirements'] = async ({ extra = {}, scheme }) => [
    { ...offered, scheme, extra },
  ];
  const find: Server['findMatchingRequirements'] = (accepts, { accepted }) =>
    accepts.find(({ extra }) => extra['captureDeadline'] === accepted.extra['captureDeadline']);
  const changes = { buildPaymentRequirements: build, findMatchingRequirements: find };
  const paidFor = async (accept: ReturnType<typeof acceptX402>) => {
    const [first] = (await accept.offers?.()) ?? [];
    return request({ authorization, signature }, first as Partial<X402Requirements>);
  };

  test('was offered by any machine, some minutes ago at most', async () => {
    let now = Date.UTC(2030, 0, 1, 0, 0, 59);
    const options = { offers: [offer], now: () => new Date(now) };
    const asked = await paidFor(serve(changes, options).accept);
    const { accept } = serve(changes, options);
    authorizationEndsAt(asked, now / 1000 + 300);
    now += 240_000;
    expect(await verifyAt(accept, asked)).toMatchObject({ verified: true });
    now += 600_000;
    expect(await verifyAt(accept, asked)).toMatchObject({ reason: 'NETWORK_MISMATCH' });
  });

  test('is locked once, also for the next message of its task', async () => {
    const { accept, server } = serve(changes, { offers: [offer] });
    const verdict = await verifyAt(accept, await paidFor(accept));
    if (!verdict?.verified) throw new Error('refused');
    const again = await accept.recall?.(verdict.sale.storedPayment ?? {})?.verify();
    if (!again?.verified) throw new Error('refused');
    expect(await again.sale.settle({ used: 0.1 })).toMatchObject({
      status: 'settled',
      amount: '0.1',
    });
    const phases = vi.mocked(server.settlePayment).mock.calls.map((call) => call[5]);
    expect(phases).toEqual(['before-handler', 'after-handler']);
  });

  test('is given back where nobody said whether it was locked', async () => {
    const cancel = vi.fn<() => Promise<void>>(async () => {});
    const { accept } = serve(
      {
        ...changes,
        settlePayment: async () => {
          throw new Error('connection reset');
        },
        createPaymentCancellationDispatcher: () => ({ cancel }),
      },
      { offers: [offer] },
    );
    expect(await verifyAt(accept, await paidFor(accept))).toMatchObject({ verified: false });
    expect(cancel).toHaveBeenCalledOnce();
  });

  test('says so where it could not be given back, after a second try', async () => {
    const cancel = vi.fn<() => Promise<object>>(async () => ({
      success: false,
      errorReason: 'no',
    }));
    const { accept } = serve(
      { ...changes, createPaymentCancellationDispatcher: () => ({ cancel }) },
      { offers: [offer] },
    );
    const verdict = await verifyAt(accept, await paidFor(accept));
    const back = verdict?.verified && (await verdict.sale.refund());
    expect(back).toMatchObject({ status: 'unsettled', reason: 'no' });
    expect(cancel).toHaveBeenCalledTimes(2);
  });
});

function authorizationEndsAt({ message }: PaidRequest, seconds: number): void {
  const paid = message.metadata?.['x402.payment.payload'] as {
    payload: { authorization: { validBefore: string } };
  };
  const { authorization: signed } = paid.payload;
  paid.payload.authorization = { ...signed, validBefore: String(seconds) };
}

test.each<[string, Partial<X402Requirements>, string]>([
  [
    'USDC of Base',
    {
      network: 'eip155:8453',
      asset: '0x833589fcd6edb6e08f4c7c32d4f71b54bda02913',
      extra: { name: 'USD Coin', version: '2' },
    },
    'USDC',
  ],
  ['a token that nobody knows', { extra: { name: 'Shop Coin' } }, 'Shop Coin'],
  ['a token without a name', { extra: {} }, asset],
])('the books name %s as the receipts of its payer do', async (_, changes, currency) => {
  const requirements = { ...offered, ...changes };
  const { accept } = serve({
    buildPaymentRequirements: async () => [requirements],
    findMatchingRequirements: ([first]) => first,
  });
  const asked = request({ authorization, signature }, requirements);
  expect(await verifyAt(accept, asked)).toMatchObject({ sale: { currency } });
});

test('what is taken is between nothing and all, and no less than what was used', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 30n }),
      fc.integer({ min: 0, max: 18 }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      (amount, decimals, used) => {
        const part = partOf({ scheme: 'upto', amount: String(amount) }, used, decimals);
        if (part === undefined) return;
        expect(BigInt(part)).toBeGreaterThanOrEqual(0n);
        expect(BigInt(part)).toBeLessThan(amount);
        // A started unit is a whole one, and no second one is started.
        const units = used * 10 ** decimals;
        expect(Number(part)).toBeGreaterThanOrEqual(units * (1 - 1e-12));
        expect(Number(part)).toBeLessThanOrEqual((units + 1) * (1 + 1e-12));
      },
    ),
  );
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e21, '1e5', 'all'])(
  'a use of %s is all of it',
  (used) => {
    expect(partOf({ scheme: 'upto', amount: '250000' }, used, 6)).toBe(undefined);
  },
);
