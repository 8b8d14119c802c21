import { HTTPFacilitatorClient, x402ResourceServer } from '@x402/core/server';
import type { PaymentPayload } from '@x402/core/types';
import { ExactEvmScheme } from '@x402/evm/exact/server';
import { generateText, streamText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import { createSandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { x402 } from 'ai-sdk-a2a-settlement/x402';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { expect, test } from 'vitest';
import { serveSandbox } from '../../../src/sandbox/serve-sandbox';

function buyer() {
  const sandbox = createSandbox({ agentDelayMs: 0 });
  const { fetch } = sandbox;
  const client = privateKeyToAccount(generatePrivateKey());
  sandbox.x402.fund(client.address);
  const rail = x402({ client, ledger: sandbox.x402.rpcUrl, fetch });
  const settlement = createSettlement({ rails: [rail], limits: { USDC: { perCall: 1 } } });
  const model = wrapLanguageModel({
    model: createA2A({ fetch })(sandbox.x402.agentUrl),
    middleware: settlement.middleware,
  });
  const balances = () => [client.address, sandbox.x402.payee].map(sandbox.x402.balanceOf);
  return { sandbox, client, rail, settlement, model, balances };
}

test('generateText and streamText pay 0.25 USDC each, without a chain', async () => {
  const { model, balances, rail } = buyer();
  const { text, providerMetadata } = await generateText({ model, prompt: 'Hello' });
  expect(text).toContain('You asked: Hello');
  expect(providerMetadata?.['settlement']).toMatchObject({
    status: 'released',
    captured: '0.25',
    currency: 'USDC',
    proof: [{ confirmedBy: 'ledger', network: 'eip155:84532' }],
  });
  expect(balances()).toEqual([9_750_000n, 250_000n]);

  const { text: streamed, finalStep } = streamText({ model, prompt: 'Again' });
  expect(await streamed).toContain('You asked: Again');
  expect((await finalStep).providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
  expect(balances()).toEqual([9_500_000n, 500_000n]);
  expect(await rail.balance?.()).toMatchObject([{ amount: '9.5' }]);
});

test('who has no coins is refused, and keeps nothing owed', async () => {
  const { sandbox, model, client, balances } = buyer();
  sandbox.x402.fund(client.address, -9_900_000n);
  await expect(generateText({ model, prompt: 'Hello' })).rejects.toThrow(/insufficient_funds/);
  expect(balances()).toEqual([100_000n, 0n]);
});

test('its facilitator serves the servers of the x402 packages, and refuses what they refuse', async () => {
  const sandbox = await serveSandbox();
  try {
    const { x402: dollars } = sandbox;
    const payee = privateKeyToAccount(generatePrivateKey()).address;
    const payer = privateKeyToAccount(generatePrivateKey());
    dollars.fund(payer.address);
    const facilitator = new HTTPFacilitatorClient({ url: dollars.facilitatorUrl });
    const server = new x402ResourceServer(facilitator).register(
      'eip155:84532',
      new ExactEvmScheme(),
    );
    await server.initialize();
    const [offer] = await server.buildPaymentRequirements({
      scheme: 'exact',
      network: 'eip155:84532',
      payTo: payee,
      price: '$0.1',
      maxTimeoutSeconds: 300,
    });
    if (offer === undefined) throw new Error('no offer');
    const rail = x402({ client: payer, ledger: dollars.rpcUrl });
    const required = { x402Version: 2, resource: { url: 'http://x' }, accepts: [offer] };
    const challenge = rail.challenge?.(
      { metadata: { 'x402.payment.required': required } },
      { hasLimit: () => true },
    );
    if (challenge === undefined) throw new Error('not asked');
    const hold = await rail.hold({ taskId: 't', ttlMinutes: 5, ...challenge, challenge });
    const { metadata } = await rail.decorate(hold, { isFirst: true });
    const payment = metadata['x402.payment.payload'] as unknown as PaymentPayload;

    const changed = (member: string, value: string) => {
      const copy = structuredClone(payment);
      const payload = copy.payload as { authorization: Record<string, string> };
      Object.assign(member === 'signature' ? payload : payload.authorization, { [member]: value });
      return copy;
    };
    for (const [member, value] of [
      ['value', '99999'],
      ['to', payer.address],
      ['from', payee],
      ['nonce', `0x${'11'.repeat(32)}`],
      ['validBefore', '1'],
      ['validBefore', '99999999999'],
      ['signature', `0x${'11'.repeat(65)}`],
    ] as const) {
      const forged = changed(member, value);
      expect(await server.verifyPayment(forged, offer)).toMatchObject({ isValid: false });
      expect(await facilitator.settle(forged, offer)).toMatchObject({ success: false });
    }
    expect(dollars.balanceOf(payee)).toBe(0n);
    expect(await rail.look?.(hold)).toMatchObject({ state: { type: 'held' } });
    expect(await server.verifyPayment(payment, offer)).toMatchObject({ isValid: true });
    const settled = await server.settlePayment(payment, offer);
    expect(settled).toMatchObject({ success: true, payer: payer.address });
    expect(await rail.release(hold)).toMatchObject({
      status: 'released',
      amount: '0.1',
      proof: [{ transaction: settled.transaction, confirmedBy: 'ledger' }],
    });
    expect(await facilitator.settle(payment, offer)).toMatchObject({ success: false });
    expect(dollars.balanceOf(payee)).toBe(100_000n);
  } finally {
    await sandbox.close();
  }
});
