import { wrapLanguageModel, generateText } from 'ai';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as cronRoute from '../../examples/next-cron-route';
import type * as shared from '../../examples/next-settlement';
import { serveForExamples } from './example-sandbox';

let served: Awaited<ReturnType<typeof serveForExamples>>;
let route: typeof cronRoute;
let storage: typeof shared.storage;
beforeEach(async () => {
  served = await serveForExamples();
  for (const [name, value] of Object.entries(served.environmentFor('streamer'))) {
    vi.stubEnv(name, value);
  }
  vi.stubEnv('CRON_SECRET', 'cron-secret');
  vi.resetModules();
  route = await import('../../examples/next-cron-route');
  ({ storage } = await import('../../examples/next-settlement'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await served.sandbox.close();
});

describe('examples/next-cron-route.ts', () => {
  it('finishes what an exchange that was down left unsettled', async () => {
    await generateWithoutRelease();
    expect(served.money('streamer').escrows).toEqual(['held']);

    const answer = await route.GET(asked('cron-secret'));
    expect(await answer.json()).toMatchObject({
      settled: [{ receipt: { status: 'released', amount: 10 } }],
      open: 0,
      unresolved: [],
    });
    expect(served.money('streamer')).toEqual({ payer: 989, agent: 10, escrows: ['released'] });
    expect(await (await route.GET(asked('cron-secret'))).json()).toMatchObject({ settled: [] });
  });

  it('exports handlers only: `next build` refuses a route with anything else', () => {
    expect(Object.keys(route)).toEqual(['GET']);
  });

  it('does nothing for strangers', async () => {
    await generateWithoutRelease();
    expect((await route.GET(asked('guess'))).status).toBe(401);
    expect(served.money('streamer').escrows).toEqual(['held']);
  });
});

/** A chat route of the same app, whose exchange goes down after the hold. */
async function generateWithoutRelease(): Promise<void> {
  const { exchangeUrl, payer, agents } = served.sandbox;
  const settlement = createSettlement({
    journal: { storage, writeAhead: true },
    retry: { attempts: 2, initialMs: 1 },
    rail: exchangeRail({
      exchangeUrl,
      apiKey: payer.apiKey,
      async fetch(input, init) {
        const request = new Request(input, init);
        if (request.url.endsWith('/release')) throw new TypeError('fetch failed');
        return fetch(request);
      },
    }),
  });
  const model = wrapLanguageModel({
    model: createA2A()(agents.streamer.url),
    middleware: settlement.middleware,
  });
  const { providerMetadata } = await generateText({ model, prompt: 'Scrape example.com' });
  expect(providerMetadata?.['settlement']).toMatchObject({ status: 'pending' });
}

function asked(secret: string): Request {
  return new Request('http://app.test/api/cron/reconcile', {
    headers: { authorization: `Bearer ${secret}` },
  });
}
