export const network = 'eip155:84532';
export const usdc = '0x036CbD53842c5426634e7929541eC2318f3dCF7e';
export const payee = '0x1111111111111111111111111111111111111111';
export const payer = '0x2222222222222222222222222222222222222222';
export const transaction = `0x${'ab'.repeat(32)}`;

/** 0.25 USDC, as an agent of version 2 asks for them. */
export function offerV2(more: object = {}) {
  return {
    scheme: 'exact',
    network,
    amount: '250000',
    asset: usdc,
    payTo: payee,
    maxTimeoutSeconds: 300,
    extra: { name: 'USDC', version: '2' },
    ...more,
  };
}

export function offerV1(more: object = {}) {
  const { amount, ...rest } = offerV2();
  return { ...rest, network: 'base-sepolia', maxAmountRequired: amount, resource: 'x', ...more };
}

/** Contracts of `auth-capture`, and who relays for the payer. The addresses are those of `@x402/evm`. */
export const escrows = {
  escrow: '0xf96815976523E00e65Be8f34cA5e64b4f41EB19c',
  collector: '0x8612dfdc421f80336cd14E8EF9cb1E765dB5ab88',
  operators: ['0x3333333333333333333333333333333333333333'],
  relay: 'http://127.0.0.1:1',
};

/** 0.25 USDC, which an escrow is to hold for an hour, until this payer has agreed. */
export function escrowOffer(receiverAuthorizer: string, extra: object = {}, more: object = {}) {
  const now = Math.floor(Date.now() / 1000);
  return offerV2({
    scheme: 'auth-capture',
    extra: {
      name: 'USDC',
      version: '2',
      authCaptureEscrow: escrows.escrow,
      captureAuthorizer: escrows.operators[0],
      receiverAuthorizer,
      operatorType: 'policy',
      captureDeadline: now + 3600,
      refundDeadline: now + 7200,
      feeRecipient: payee,
      minFeeBps: 0,
      maxFeeBps: 0,
      ...extra,
    },
    ...more,
  });
}

/** Of Nevermined: neither amount nor asset. */
export const nvmOffer = {
  scheme: 'nvm:erc4337',
  network,
  planId: '1',
  extra: { version: '1', agentId: 'did:nv:1' },
};

export function required(accepts: unknown[], x402Version: unknown = 2) {
  return { x402Version, resource: { url: 'https://agent.example.com/' }, accepts };
}

/** An agent's answer that asks for a payment. */
export function asking(accepts: unknown[], x402Version: unknown = 2) {
  return {
    state: 'input-required',
    metadata: {
      'x402.payment.status': 'payment-required',
      'x402.payment.required': required(accepts, x402Version),
    },
  };
}

export const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

/** What a client that keeps to what it is asked signs, or `changes` of it. */
export function signed(
  asked: unknown,
  changes: { authorization?: object; accepted?: object; payload?: object } = {},
) {
  const { accepts } = asked as { accepts: [ReturnType<typeof offerV2>] };
  const [accepted] = accepts;
  return {
    x402Version: 2,
    accepted: { ...accepted, ...changes.accepted },
    extensions: undefined,
    payload: changes.payload ?? {
      signature: '0xsecret-signature',
      authorization: {
        from: payer,
        to: accepted.payTo,
        value: accepted.amount,
        validAfter: '0',
        validBefore: String(Math.floor(Date.now() / 1000) + 300),
        nonce: `0x${'cd'.repeat(32)}`,
        ...changes.authorization,
      },
    },
  };
}
