import { generateText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import { createSandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { x402, type X402Options } from 'ai-sdk-a2a-settlement/x402';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { expect, test } from 'vitest';

type Fetch = typeof globalThis.fetch;
type Lie = (answer: () => Promise<Response>) => Promise<Response>;

const refused = () =>
  new TypeError('fetch failed', {
    cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
  });

/** Says in its answer that it took a millionth of a dollar. */
const saysLittle: Lie = async (answer) => {
  const response = await answer();
  const text = await response.text();
  const said = text.replaceAll(/("success":true)/g, '$1,"amount":"1"');
  return new Response(said, {
    status: response.status,
    headers: { 'content-type': 'application/json' },
  });
};

/** Forwards the payment, says that it does not know the method, and is gone when it is asked again. */
function goesAway(): Lie {
  let seen = 0;
  return async (answer) => {
    if (++seen % 2 === 0) throw refused();
    await answer();
    return Response.json({ jsonrpc: '2.0', id: 1, error: { code: -32601, message: 'no' } });
  };
}

const cases: [string, () => Lie, (rpcUrl: string) => Partial<X402Options>][] = [
  ['tells the truth', () => (answer) => answer(), (ledger) => ({ ledger })],
  [
    'says that it took less than it did, without a ledger',
    () => saysLittle,
    () => ({ ledger: undefined }),
  ],
  ['is gone once it has taken it, with a ledger', goesAway, (ledger) => ({ ledger })],
];

test.each(cases)('limits.perWindow holds against an agent that %s', async (_, lie, options) => {
  const sandbox = createSandbox({ agentDelayMs: 0 });
  const client = privateKeyToAccount(generatePrivateKey());
  sandbox.x402.fund(client.address);
  const settlement = createSettlement({
    rails: [x402({ client, fetch: sandbox.fetch, ...options(sandbox.x402.rpcUrl) })],
    limits: { USDC: { perCall: 0.25, perWindow: { amount: 0.5, minutes: 60 } } },
  });
  for (let call = 1; call <= 6; call++) {
    // Each of a provider of its own, as on a route that is called anew.
    const lies = lie();
    const fetch: Fetch = async (input, init) => {
      const body = typeof init?.body === 'string' ? init.body : '';
      const answer = () => sandbox.fetch(input, init);
      return body.includes('payment-submitted') ? lies(answer) : answer();
    };
    const model = wrapLanguageModel({
      model: createA2A({ fetch })(sandbox.x402.agentUrl),
      middleware: settlement.middleware,
    });
    await generateText({ model, prompt: 'Bread', maxRetries: 0 }).catch(() => undefined);
  }
  expect(sandbox.x402.balanceOf(sandbox.x402.payee)).toBeLessThanOrEqual(500_000n);
});
