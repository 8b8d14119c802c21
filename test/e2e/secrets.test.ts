import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { serveSandbox } from '../../src/sandbox/serve-sandbox';
import { behaviours } from '../peers/behaviours';
import { startPeerServer, type Peer } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { startTokenServer } from '../provider/token-server';
import { perform, type Job, type Report } from './perform';

/** Planted where only their owners may see them. */
const headerSecret = 'sk-agent-4f3c2b1a';
const promptSecret = 'PROMPT-my-cat-is-called-Rufus';
const answers = ['Hello, ', 'wörld ', 'Half of '];

let sandbox: Awaited<ReturnType<typeof serveSandbox>>;
let console_: string;
beforeEach(async () => {
  sandbox = await serveSandbox({});
  console_ = '';
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
      console_ += inspect(words, { depth: 9 });
    });
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  await sandbox.close();
});

const job = (peer: Peer, rest: Partial<Job> & Pick<Job, 'mode' | 'prompt'>): Job => ({
  agentUrl: peer.url,
  exchangeUrl: sandbox.exchangeUrl,
  apiKey: sandbox.payer.apiKey,
  payee: sandbox.agents.streamer.accountId,
  headers: { authorization: `Bearer ${headerSecret}` },
  ...rest,
});

/** All that leaves a generation besides its content. */
function spoken({ a2a, error, settlement, told, warnings }: Report): string {
  return JSON.stringify({ a2a, error, settlement, told, warnings }) + console_;
}

describe.each([
  { name: 'SDK 1.x', start: startSdk1Peer },
  { name: 'SDK 0.3', start: startSdk03Peer },
])('$name', ({ start }) => {
  describe.each(['generate', 'stream'] as const)('%s', (mode) => {
    const names = Object.keys(behaviours).filter(
      (name) => name !== 'hangs' && name !== 'waits to be told',
    );
    test.each(names)('%s', async (prompt) => {
      const peer = await start();
      const report = await perform(job(peer, { mode, prompt }));
      await peer.close();
      const words = spoken(report);
      expect(words).not.toContain(sandbox.payer.apiKey);
      expect(words).not.toContain(headerSecret);
      for (const answer of answers) expect(words).not.toContain(answer);
      expect(console_).toBe('');
      // The agent never sees the payer's key, the exchange never sees prompt, answer or agent's key.
      expect(JSON.stringify(peer.seen)).not.toContain(sandbox.payer.apiKey);
    });
  });
});

test('an exchange learns no prompt, no answer and no words of a failure', async () => {
  let heard = '';
  const exchange = await startPeerServer({}, (app) => {
    app.use((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const body = Buffer.concat(chunks).toString();
        heard += `${request.method} ${request.originalUrl} ${body} ${JSON.stringify(request.headers)}`;
        const answer = await fetch(`${sandbox.exchangeUrl}${request.originalUrl}`, {
          method: request.method,
          headers: {
            authorization: request.headers.authorization ?? '',
            'content-type': 'application/json',
          },
          ...(body !== '' && { body }),
        });
        response
          .status(answer.status)
          .type('json')
          .send(await answer.text());
      });
    });
  });
  const peer = await startSdk1Peer();
  for (const prompt of [promptSecret, 'fails', 'completes']) {
    await perform(job(peer, { mode: 'generate', prompt, exchangeUrl: exchange.url }));
  }
  await peer.close();
  await exchange.close();
  expect(heard).toContain('/v1/exchange/escrow');
  expect(heard).toContain('task-failed');
  for (const secret of [promptSecret, headerSecret, 'The oven is cold', ...answers]) {
    expect(heard).not.toContain(secret);
  }
});

test('an agent that echoes what it was sent puts no credential into an error', async () => {
  const echo = await startPeerServer({}, (app, context) => {
    app.get('/.well-known/agent-card.json', (_request, response) => {
      response.json({ name: 'Echo', url: context.url, protocolVersion: '0.3.0', capabilities: {} });
    });
    app.post('/', (request, response) => {
      const message = `denied: ${request.headers.authorization}`;
      response.status(401).json({ error: { message, code: 401 } });
    });
  });
  const report = await perform(job(echo, { mode: 'generate', prompt: promptSecret }));
  await echo.close();
  expect(report.error?.name).toBe('AI_A2AProtocolError');
  expect(spoken(report)).toContain('denied');
  expect(spoken(report)).not.toContain(headerSecret);
  expect(spoken(report)).not.toContain(promptSecret);
  expect(report.events).toEqual(['held', 'refunded']);
});

describe.each([
  {
    name: 'SDK 1.x',
    start: startSdk1Peer,
    security: (tokenUrl: string) => ({
      securitySchemes: { way: { oauth2SecurityScheme: { flows: machineFlow(tokenUrl) } } },
      securityRequirements: [{ schemes: { way: { list: ['read'] } } }],
    }),
  },
  {
    name: 'SDK 0.3',
    start: startSdk03Peer,
    security: (tokenUrl: string) => ({
      securitySchemes: { way: { type: 'oauth2', flows: machineFlow(tokenUrl) } },
      security: [{ way: ['read'] }],
    }),
  },
])('$name, with client credentials', ({ start, security }) => {
  const clientSecret = 'cl1ent-secret-of-the-payer';
  const prompts = ['completes', 'fails', 'auth-required', 'stream cut'];
  const cases = prompts.flatMap((prompt) =>
    (['generate', 'stream'] as const).flatMap((mode) =>
      [true, false].map((letsIn) => ({ prompt, mode, letsIn })),
    ),
  );
  test.each(cases)('$prompt, $mode, let in: $letsIn', async ({ prompt, mode, letsIn }) => {
    const tokens = await startTokenServer();
    const peer = await start({
      card: security(`${tokens.url}/token`),
      allows: ({ headers }) => letsIn && headers['authorization'] === `Bearer ${tokens.tokens[0]}`,
    });
    const auth = {
      clientCredentials: { clientId: 'payer', clientSecret, tokenOrigins: [tokens.url] },
    };
    const report = await perform({ ...job(peer, { mode, prompt }), headers: {}, auth });
    await peer.close();
    await tokens.close();
    // Refused twice, and then no more.
    expect(tokens.tokens).toHaveLength(letsIn ? 1 : 2);
    if (!letsIn) expect(report.error?.name).toBe('AI_A2AProtocolError');
    const words = spoken(report);
    for (const secret of [clientSecret, ...tokens.tokens]) expect(words).not.toContain(secret);
    expect(console_).toBe('');
    expect(JSON.stringify(peer.seen)).not.toContain(clientSecret);
    expect(JSON.stringify(tokens.seen)).not.toContain(sandbox.payer.apiKey);
  });
});

test('an exchange that echoes the key puts it into no error', async () => {
  const echo = await startPeerServer({}, (app) => {
    app.use((request, response) => {
      response.status(400).json({ detail: `no: ${request.headers.authorization}` });
    });
  });
  const peer = await startSdk1Peer();
  const report = await perform(
    job(peer, {
      mode: 'generate',
      prompt: 'completes',
      exchangeUrl: echo.url,
      onHoldFailure: 'throw',
    }),
  );
  await peer.close();
  await echo.close();
  expect(report.error?.name).toBe('AI_SettlementError');
  expect(spoken(report)).not.toContain(sandbox.payer.apiKey);
});

function machineFlow(tokenUrl: string): object {
  return { clientCredentials: { tokenUrl, scopes: { read: '' } } };
}
