import { x402 } from 'ai-sdk-a2a-settlement/x402';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { expect, test, vi } from 'vitest';
import { asking, escrowOffer, escrows, offerV2, signed } from './offers';

vi.mock('@x402/core/client', () => {
  throw new Error("Cannot find package '@x402/core'");
});

vi.mock('viem/utils', () => {
  throw new Error("Cannot find package 'viem'");
});

const limited = { hasLimit: () => true };

test('an account needs the packages that sign for it, and the error says which', async () => {
  const rail = x402({ client: privateKeyToAccount(generatePrivateKey()) });
  const challenge = rail.challenge?.(asking([offerV2()]), limited);
  if (challenge === undefined) throw new Error('not asked');
  await expect(
    rail.hold({ taskId: 't', ttlMinutes: 5, ...challenge, challenge }),
  ).rejects.toMatchObject({
    code: 'NOT_CONFIGURED',
    isDispatched: false,
    message: expect.stringContaining('npm install @x402/core @x402/evm'),
  });
});

test('a client needs neither', async () => {
  const rail = x402({ client: { createPaymentPayload: async (asked: unknown) => signed(asked) } });
  const challenge = rail.challenge?.(asking([offerV2()]), limited);
  if (challenge === undefined) throw new Error('not asked');
  const hold = await rail.hold({ taskId: 't', ttlMinutes: 5, ...challenge, challenge });
  expect(hold).toMatchObject({ amount: '0.25' });
});

test('`auth-capture` needs viem, and the error says so', async () => {
  const client = privateKeyToAccount(generatePrivateKey());
  const rail = x402({ client, authCapture: escrows, ledger: { request: async () => '0x14a34' } });
  const challenge = rail.challenge?.(asking([escrowOffer(client.address)]), limited);
  if (challenge === undefined) throw new Error('not asked');
  await expect(
    rail.hold({ taskId: 't', ttlMinutes: 5, ...challenge, challenge }),
  ).rejects.toMatchObject({
    code: 'NOT_CONFIGURED',
    isDispatched: false,
    message: expect.stringContaining('npm install viem'),
  });
});
