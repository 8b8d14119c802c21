import { expect, test } from 'vitest';
import { attempt } from '../../../src/rails/x402/agent-payments';
import { createRelay } from '../../../src/rails/x402/escrow-relay';

const request = { x402Version: 2 as const, paymentPayload: {}, paymentRequirements: {} };

test.each<[string, () => Promise<unknown>, string]>([
  ['never ends', () => new Promise(() => {}), 'TIMEOUT'],
  ['fails', () => Promise.reject(new Error('secret')), 'NETWORK'],
  [
    'throws at once',
    () => {
      throw new Error('secret');
    },
    'NETWORK',
  ],
])('a relay that %s is an error to try again after', async (_, relay, code) => {
  const relaying = createRelay(relay, { timeoutMs: 20 })(request, {});
  const error = await relaying.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code, isRetryable: true });
  expect(String(error)).not.toContain('secret');
});

test('what a user sends to the chain is told when its time is over', async () => {
  let signal: AbortSignal | undefined;
  const send = (given: AbortSignal) => {
    signal = given;
    return new Promise(() => {});
  };
  await attempt(send, { timeoutMs: 20, abortSignal: undefined });
  expect(signal?.aborted).toBe(true);
});
