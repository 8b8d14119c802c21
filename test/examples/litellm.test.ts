import { expect, it } from 'vitest';
import { startLiteLLMGateway } from '../peers/litellm-gateway';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { serveForExamples } from './example-sandbox';
import { runExample } from './run-example';

it('examples/litellm.ts finds an agent in the gateway, prints its answer, and pays it', async () => {
  const served = await serveForExamples();
  const agent = await startSdk03Peer();
  const gateway = await startLiteLLMGateway({ upstream: agent.url });
  try {
    const { exitCode, stderr, stdout } = await runExample('litellm.ts', {
      ...served.environmentFor('streamer'),
      A2A_ACCOUNT_ID: served.sandbox.agents.streamer.accountId,
      LITELLM_PROXY_API_BASE: gateway.url,
      LITELLM_PROXY_API_KEY: gateway.key,
    });

    expect(stderr).toBe('');
    expect(stdout).toBe(
      'scraper: A test agent\n\nScrape example.com\n\nreleased: 10 tokens, fee 1\n',
    );
    expect(exitCode).toBe(0);
    expect(served.money('streamer')).toEqual({ payer: 989, agent: 10, escrows: ['released'] });
  } finally {
    await gateway.close();
    await agent.close();
    await served.sandbox.close();
  }
});
