import { Miniflare } from 'miniflare';
import { expect, onTestFinished, test } from 'vitest';
import { bundledWorker } from '../bundled-worker';
import { serveForExamples } from './example-sandbox';

test.each([{ flags: [] }, { flags: ['nodejs_compat'] }])(
  'examples/cloudflare-worker.ts, in workerd with $flags, pays for each of its requests',
  async ({ flags }) => {
    const { environmentFor, money, sandbox } = await serveForExamples();
    onTestFinished(() => sandbox.close());
    const worker = new Miniflare({
      modules: true,
      script: await bundledWorker(new URL('../../examples/cloudflare-worker.ts', import.meta.url)),
      compatibilityDate: '2026-01-01',
      compatibilityFlags: flags,
      bindings: { ...environmentFor('streamer'), A2A_CONVERSATION_SECRET: 's'.repeat(32) },
    });
    onTestFinished(() => worker.dispose());
    const url = await worker.ready;
    const ask = async () => {
      const body = JSON.stringify({ prompt: 'Scrape example.com' });
      return (await fetch(url, { method: 'POST', body })).text();
    };

    // At the same time: one isolate serves both, with one settlement.
    for (const answer of await Promise.all([ask(), ask()])) {
      expect(answer).toContain('"delta":"delivered."');
      expect(answer).toContain('"settlement":{"status":"pending"');
    }
    const released = ['released', 'released'];
    await expect
      .poll(() => money('streamer'))
      .toEqual({ payer: 978, agent: 20, escrows: released });
  },
);
