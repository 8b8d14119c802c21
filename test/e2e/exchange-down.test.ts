import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { serveSandbox } from '../../src/sandbox/serve-sandbox';
import { startPeerServer, type Peer, type PeerOptions } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { perform, type Job } from './perform';

const extension = 'https://a2a-settlement.org/extensions/settlement/v1';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

let nowhere = '';
let sandbox: Awaited<ReturnType<typeof serveSandbox>>;
let peer: Peer;
beforeAll(async () => {
  // A port that nobody listens on any more: the connection is refused, and nothing can be held.
  const gone = await startPeerServer({}, () => {});
  nowhere = gone.url;
  await gone.close();
});
beforeEach(async () => {
  sandbox = await serveSandbox({ payerTokens: 12 });
});
afterEach(async () => {
  await peer.close();
  await sandbox.close();
});

const job = (rest: Partial<Job> & Pick<Job, 'mode'>): Job => ({
  prompt: 'completes',
  agentUrl: peer.url,
  exchangeUrl: sandbox.exchangeUrl,
  apiKey: sandbox.payer.apiKey,
  payee: sandbox.agents.streamer.accountId,
  ...rest,
});
const card = (required: boolean): PeerOptions => ({
  extensions: [
    {
      uri: extension,
      required,
      params: {
        exchangeUrls: [sandbox.exchangeUrl],
        accountIds: { [`${sandbox.exchangeUrl}/api/v1`]: sandbox.agents.streamer.accountId },
        pricing: { any: { baseTokens: 4, model: 'per-request' } },
      },
    },
  ],
});

describe.each([
  { name: 'SDK 1.x', start: startSdk1Peer },
  { name: 'SDK 0.3', start: startSdk03Peer },
])('$name', ({ name, start }) => {
  describe.each(['generate', 'stream'] as const)('%s', (mode) => {
    test('exchange unreachable: the call goes on unpaid, with a warning', async () => {
      peer = await start();
      const report = await perform(job({ mode, exchangeUrl: nowhere }));
      expect(report.text).toBe('Hello, wörld 🌍!');
      expect(report.events).toEqual(['unsettled']);
      expect(report.settlement).toEqual({ status: 'unsettled', reason: 'NETWORK' });
      expect(report.warnings.join()).toMatch(/goes on unpaid/);
      expect(peer.messages()[0]?.body).not.toContain('a2a-se');
    });

    test('onHoldFailure throw: a typed error before the agent sees anything', async () => {
      peer = await start();
      const report = await perform(job({ mode, exchangeUrl: nowhere, onHoldFailure: 'throw' }));
      expect(report.error?.name).toBe('AI_SettlementError');
      expect(report.error?.dump).toContain('NETWORK');
      expect(peer.messages()).toEqual([]);
    });

    test('insufficient balance names need and have', async () => {
      peer = await start();
      const report = await perform(job({ mode, tokensPerCall: 100, onHoldFailure: 'throw' }));
      expect(report.error?.message).toMatch(/101.*12|12.*101/s);
      expect(report.error?.dump).toMatch(/need=101/);
      expect(report.error?.dump).toMatch(/have=12/);
      expect(peer.messages()).toEqual([]);
    });

    test('a card that requires payment never gets an unpaid call', async () => {
      peer = await start(card(true));
      for (const broken of [
        { exchangeUrl: nowhere },
        { tokensPerCall: 100, payee: 'nobody' },
        { apiKey: 'ate_00000000000000000000000000000000' },
        { apiKey: '' },
      ]) {
        const report = await perform(job({ mode, ...broken }));
        expect(report.error?.name).toBe('AI_SettlementError');
        expect(report.error?.dump).toContain('PAYMENT_REQUIRED');
      }
      expect(peer.messages()).toEqual([]);
    });

    test('payee and price come from the card; the agent learns of the hold in all three places', async () => {
      peer = await start(card(true));
      const { payee, ...rest } = job({ mode });
      const report = await perform(rest);
      expect(payee).toBe(sandbox.agents.streamer.accountId);
      expect(report.error).toBeUndefined();
      expect(report.settlement).toMatchObject({ status: 'released', amount: 4, payee });
      const [message] = peer.messages();
      const sent = JSON.parse(message?.body ?? '{}').params.message;
      expect(sent.metadata['a2a-se']).toEqual({
        escrowId: report.settlement?.['escrowId'],
        amount: 4,
        feeAmount: 1,
        exchangeUrl: expect.stringContaining(sandbox.exchangeUrl),
        expiresAt: report.settlement?.['expiresAt'],
      });
      expect(sent.extensions).toEqual([extension]);
      const header = name === 'SDK 1.x' ? 'a2a-extensions' : 'x-a2a-extensions';
      expect(message?.headers[header]).toBe(extension);
    });
  });
});

test('a page where an exchange should be: unpaid, and the page is not quoted', async () => {
  peer = await startSdk1Peer();
  const page = await startPeerServer({}, (app) => {
    app.use((_request, response) => void response.type('html').send('<h1>Interactive demo</h1>'));
  });
  const report = await perform(job({ mode: 'generate', exchangeUrl: page.url }));
  await page.close();
  // It may have been a proxy's page, before or after the hold.
  expect(report.settlement).toMatchObject({
    status: 'unknown',
    reason: 'UNEXPECTED_ANSWER',
    taskId: expect.stringMatching(/^aisdk-/),
  });
  expect(report.warnings.join()).not.toContain('Interactive demo');
});
