import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/run-cli';
import { createSandbox } from '../../src/sandbox';

const sandbox = createSandbox();
const { agents, exchangeUrl, payer } = sandbox;
const agent = agents.streamer.url;

it('says that all is well', async () => {
  const { code, stdout, stderr } = await doctor([agent]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(`ok     exchange: https://sandbox.test answers
ok     clock:    agrees with the exchange's
ok     key:      of account ${payer.accountId}
ok     balance:  1000 tokens are available, 0 are held
ok     card:     sandbox-streamer: answer
ok     address:  calls go to ${agent}
ok     payee:    account ${agents.streamer.accountId} ("sandbox-streamer")
ok     price:    a call holds 10 tokens and a fee (from the card)
ok     limits:   a call holds at most 100 tokens by a card's price (A2A_MAX_TOKENS_PER_CALL is not set)
ok     secret:   A2A_CONVERSATION_SECRET is not set, so only this process continues its conversations
`);
});

it('holds nothing, and sends the agent no message', async () => {
  const asked: string[] = [];
  await doctor([agent], {
    fetch: async (input, init) => {
      const request = new Request(input, init);
      asked.push(`${request.method} ${new URL(request.url).pathname}`);
      return sandbox.fetch(request);
    },
  });
  expect(asked).toEqual([
    'GET /v1/stats',
    'GET /v1/exchange/balance',
    'GET /agents/streamer/.well-known/agent-card.json',
    `GET /v1/accounts/${agents.streamer.accountId}`,
  ]);
});

it.each([[], ['--json']])(
  'prints no key that was set in a wrong place (%j)',
  async (...options) => {
    const misplaced = payer.apiKey;
    const { stdout } = await doctor([agent, ...options], { A2A_MAX_TOKENS_PER_CALL: misplaced });
    expect(stdout).not.toContain(misplaced);
    expect(stdout).toContain('is not a whole number');
  },
);

it('accepts the secret that the sandbox writes', async () => {
  const { code, stdout } = await doctor([], { A2A_CONVERSATION_SECRET: '5c'.repeat(32) });
  expect(code).toBe(0);
  expect(stdout).toContain('ok     secret:   A2A_CONVERSATION_SECRET is long enough\n');
  expect(stdout).not.toContain('5c5c');
});

it('prints JSON', async () => {
  const { code, stdout } = await doctor([agent, '--json'], { A2A_PAYER_API_KEY: undefined });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    checks: [
      { name: 'exchange', status: 'ok' },
      { name: 'clock', status: 'ok' },
      { name: 'key', status: 'wrong', message: expect.stringContaining('is not set') },
      { name: 'card', status: 'ok' },
      { name: 'address', status: 'ok' },
      { name: 'payee', status: 'skipped' },
      { name: 'secret', status: 'ok' },
    ],
  });
});

it.each([
  [['nonsense'], 'AGENT_URL must be an http(s) URL.'],
  [[agent, agent], 'At most one AGENT_URL can be checked.'],
])('%j is wrong usage', async (args, words) => {
  expect(await doctor(args)).toEqual({
    code: 2,
    stdout: '',
    stderr: `a2a-settlement: ${words}\n`,
  });
});

describe('what is wrong with the exchange or the environment', () => {
  const unknown = `ate_${'0'.repeat(32)}`;
  it.each<[string, Env, RegExp]>([
    [
      'no URL',
      { A2A_EXCHANGE_URL: undefined },
      /^WRONG {2}exchange: none is set\. Set A2A_EXCHANGE_URL or give --exchange URL; npx ai-sdk-a2a-settlement sandbox/m,
    ],
    [
      'a URL without encryption',
      { A2A_EXCHANGE_URL: 'http://exchange.example.com' },
      /^WRONG {2}exchange: The exchange URL cannot be used: http:\/\/ would send the API key unencrypted/m,
    ],
    [
      'the URL of something else',
      { A2A_EXCHANGE_URL: `${exchangeUrl}/agents` },
      /^WRONG {2}exchange: no exchange answers at https:\/\/sandbox\.test\/agents, but something else does\. Is it the URL of an agent\? Set A2A_EXCHANGE_URL, or --exchange, to the URL of the exchange\.$/m,
    ],
    [
      'the URL of an agent',
      { A2A_EXCHANGE_URL: agent },
      /^WRONG {2}exchange: no exchange answers at https:\/\/sandbox\.test\/agents\/streamer, but/m,
    ],
    [
      'a secret that every call refuses',
      { A2A_CONVERSATION_SECRET: 'abc' },
      /^WRONG {2}secret: {3}A2A_CONVERSATION_SECRET must have at least 32 characters, or every call fails\. Generate one with: openssl rand -hex 32$/m,
    ],
    [
      'nothing listening',
      { fetch: failing('ECONNREFUSED') },
      /^WRONG {2}exchange: .* https:\/\/sandbox\.test: the exchange cannot be reached \(ECONNREFUSED\): nothing listens/m,
    ],
    [
      'no key',
      { A2A_PAYER_API_KEY: '' },
      /^WRONG {2}key: {6}A2A_PAYER_API_KEY is not set\. npx ai-sdk-a2a-settlement register/m,
    ],
    [
      'the header as key',
      { A2A_PAYER_API_KEY: `Bearer ${payer.apiKey}` },
      /^WRONG {2}key: {6}The exchange's API key begins with "Bearer"\. Set the key alone: A2A_PAYER_API_KEY=ate_…$/m,
    ],
    [
      'a wrong key',
      { A2A_PAYER_API_KEY: unknown },
      /^WRONG {2}key: {6}.*\(HTTP 401\): Invalid API key\. Check the API key \(A2A_PAYER_API_KEY\)\.$/m,
    ],
  ])('%s', async (_, env, line) => {
    const { code, stdout } = await doctor([], env);
    expect(code).toBe(1);
    expect(stdout).toMatch(line);
    expect(stdout.match(/^WRONG/gm)).toHaveLength(1);
    expect(stdout).not.toContain(payer.apiKey);
    expect(stdout).not.toContain(unknown);
  });

  it('an empty account', async () => {
    const empty = createSandbox({ payerTokens: 0 });
    const { stdout } = await doctor([], {
      fetch: empty.fetch,
      A2A_PAYER_API_KEY: empty.payer.apiKey,
    });
    expect(stdout).toContain(
      'WRONG  balance:  no tokens are available, 0 are held. Add some: npx ai-sdk-a2a-settlement deposit AMOUNT\n',
    );
  });

  it('a clock', async () => {
    const inFuture = (seconds: number) => {
      const { fetch, payer: own } = createSandbox({
        now: () => new Date(Date.now() + seconds * 1000),
      });
      return doctor([], { fetch, A2A_PAYER_API_KEY: own.apiKey });
    };
    const wrong = await inFuture(700);
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(
      /^WRONG {2}clock: {4}this machine's is (?:69|70)\d seconds behind the exchange's\. Correct it, for example with NTP/m,
    );
    const fine = await inFuture(-60);
    expect(fine.code).toBe(0);
    expect(fine.stdout).toMatch(/^ok {5}clock: {4}this machine's is (?:5|6)\d seconds ahead/m);
  });
});

describe('what is wrong with an agent', () => {
  it('is no agent', async () => {
    const { code, stdout } = await doctor([`${exchangeUrl}/agents/nobody`]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^WRONG {2}card: {5}.*HTTP 404\. Give the agent's URL or its card's/m);
  });

  it('has a card with another URL', async () => {
    const { code, stdout } = await doctor([agent], {
      fetch: withCard((text) => text.replaceAll(agent, 'https://old.example.com/')),
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^WRONG {2}address: {2}The card of agent .* directs requests to https:\/\/old\.example\.com, not to https:\/\/sandbox\.test\. To allow it, set `trustCardUrl: true`/m,
    );
  });

  it('is paid on another exchange, or another rail', async () => {
    const elsewhere = await doctor([agent], {
      fetch: withCard((text) =>
        text.replaceAll('https://sandbox.test/api/v1', 'https://other.example.com'),
      ),
    });
    expect(elsewhere.stdout).toContain(
      `WRONG  payee:    the card has an account on https://other.example.com, not on https://sandbox.test. Set A2A_EXCHANGE_URL to the agent's exchange, or agents["${agent}"].accountId to its account on yours.\n`,
    );
    const x402 = await doctor([sandbox.x402.agentUrl]);
    expect(x402.stdout).toContain(
      'The agent is paid through x402: createSettlement({ rails: [x402(…), exchangeRail()], limits }).\n',
    );
  });

  it('has an account that is not registered, or is your own', async () => {
    const { accountId } = agents.streamer;
    const missing = await doctor([agent], {
      fetch: withCard((text) => text.replaceAll(accountId, 'gone')),
    });
    expect(missing.code).toBe(1);
    expect(missing.stdout).toContain(
      'WRONG  payee:    account gone on the card is not registered on https://sandbox.test.',
    );
    const own = await doctor([agent], {
      fetch: withCard((text) => text.replaceAll(accountId, payer.accountId)),
    });
    expect(own.stdout).toContain('WRONG  payee:    the key belongs to the account of the agent');
  });

  it('costs more than allowed, or than there is', async () => {
    const dear = await doctor([agent], { A2A_MAX_TOKENS_PER_CALL: '5' });
    expect(dear.code).toBe(1);
    expect(dear.stdout).toContain('WRONG  limits:   The call of agent');
    expect(dear.stdout).toContain('maxTokensPerCall allows 5. Raise it');

    const poor = createSandbox({ payerTokens: 10 });
    const { stdout } = await doctor([poor.agents.streamer.url], {
      fetch: poor.fetch,
      A2A_PAYER_API_KEY: poor.payer.apiKey,
    });
    expect(stdout).toContain(
      'WRONG  price:    a call holds 10 tokens and a fee (from the card), and 10 are available. Add some:',
    );
  });

  it('is not paid, as settlement is switched off or set up wrongly', async () => {
    const off = await doctor([agent], { A2A_SETTLEMENT_ENABLED: 'false' });
    expect(off.stdout).toContain('WRONG  limits:   A2A_SETTLEMENT_ENABLED switches settlement off');
    const misspelt = await doctor([agent], { A2A_DEFAULT_TOKENS_PER_CALL: 'ten' });
    expect(misspelt.stdout).toContain(
      'WRONG  price:    A2A_DEFAULT_TOKENS_PER_CALL is "ten", which is not a whole number >= 1. Correct it.\n',
    );
    const both = await doctor([agent], {
      A2A_DEFAULT_TOKENS_PER_CALL: '0',
      A2A_MAX_TOKENS_PER_CALL: 'abc',
    });
    expect(both.stdout).toContain('WRONG  price:    A2A_DEFAULT_TOKENS_PER_CALL is "0"');
    expect(both.stdout).toContain('WRONG  price:    A2A_MAX_TOKENS_PER_CALL is "abc"');
  });
});

type Env = Record<string, string | undefined | typeof fetch> & { fetch?: typeof fetch };

async function doctor(args: string[], { fetch = sandbox.fetch, ...env }: Env = {}) {
  let stdout = '';
  let stderr = '';
  const code = await runCli(['doctor', ...args], {
    env: Object.fromEntries(
      Object.entries({
        A2A_EXCHANGE_URL: exchangeUrl,
        A2A_PAYER_API_KEY: payer.apiKey,
        ...env,
      }).map(([name, value]) => [name, typeof value === 'string' ? value : undefined]),
    ),
    fetch,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    untilStopped: async () => {},
  });
  return { code, stdout, stderr };
}

/** The sandbox, with changed cards. */
function withCard(change: (text: string) => string): typeof fetch {
  return async (input, init) => {
    const response = await sandbox.fetch(input, init);
    return new URL(new Request(input).url).pathname.endsWith('agent-card.json')
      ? new Response(change(await response.text()), response)
      : response;
  };
}

function failing(code: string): typeof fetch {
  return () => Promise.reject(new TypeError('fetch failed', { cause: { code } }));
}
