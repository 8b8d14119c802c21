import { TaskState } from '@a2a-js/sdk';
import { ClientFactory } from '@a2a-js/sdk/client';
import { afterEach, describe, expect, it } from 'vitest';
import { createExchangeClient } from '../../src/rails/exchange/exchange-client';
import { type ServedSandbox, serveSandbox } from '../../src/sandbox/serve-sandbox';
import { a2aRequest } from '../agent/a2a-request';

let sandbox: ServedSandbox | undefined;
afterEach(() => sandbox?.close());

describe('serveSandbox', () => {
  it('serves the exchange and paid agents on a free port', async () => {
    sandbox = await serveSandbox({ agentDelayMs: 1 });
    const { exchangeUrl, payer, agents, port } = sandbox;
    expect(exchangeUrl).toBe(`http://127.0.0.1:${port}`);

    const exchange = createExchangeClient({ url: exchangeUrl, apiKey: payer.apiKey });
    const { accountId, price, url } = agents.streamer;
    const { escrowId } = await exchange.hold({ providerId: accountId, amount: price });
    const client = await new ClientFactory().createFromUrl(url);

    const paid = a2aRequest('Hi', { metadata: { 'a2a-se': { escrowId } } });

    let pieces = 0;
    let state: TaskState | undefined;
    for await (const { payload } of client.sendMessageStream(paid)) {
      pieces += payload?.$case === 'artifactUpdate' ? 1 : 0;
      state = payload?.$case === 'statusUpdate' ? payload.value.status?.state : state;
    }
    expect(pieces).toBeGreaterThan(20);
    expect(state).toBe(TaskState.TASK_STATE_COMPLETED);

    await exchange.release(escrowId);
    expect(sandbox.ledger().accounts).toContainEqual(
      expect.objectContaining({ id: accountId, available: price }),
    );
  });

  it('leaves the globals of its process alone', async () => {
    const { Request: request, Response: response } = globalThis;
    sandbox = await serveSandbox();
    expect(globalThis.Request).toBe(request);
    expect(globalThis.Response).toBe(response);
  });

  it('rejects a port that is taken', async () => {
    sandbox = await serveSandbox();
    await expect(serveSandbox({ port: sandbox.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it('closes open streams too', async () => {
    sandbox = await serveSandbox();
    const response = await fetch(sandbox.agents.slow.url, {
      method: 'POST',
      headers: { 'A2A-Version': '1.0', 'content-type': 'application/json' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'SendStreamingMessage',
        params: { message: { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'Work' }] } },
      }),
    });
    await sandbox.close();
    await expect(response.text()).rejects.toThrow();
    await expect(fetch(sandbox.exchangeUrl)).rejects.toThrow('fetch failed');
  });
});
