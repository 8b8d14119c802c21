import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveForExamples } from './example-sandbox';
import { runExample } from './run-example';

let served: Awaited<ReturnType<typeof serveForExamples>>;
beforeEach(async () => {
  served = await serveForExamples();
});
afterEach(() => served.sandbox.close());

describe.each(['generate-text.ts', 'stream-text.ts'])('examples/%s', (file) => {
  it('prints the answer and the receipt, and pays the agent', async () => {
    const { exitCode, stdout, stderr } = await runExample(file, served.environmentFor('streamer'));

    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^You asked: Scrape example\.com\. .+ has been delivered\.\n\n/);
    expect(stdout).toMatch(/\nreleased: 10 tokens, fee 1\n$/);
    expect(served.money('streamer')).toEqual({ payer: 989, agent: 10, escrows: ['released'] });
  });

  it('says that the money is kept when the agent asks back', async () => {
    const { stdout } = await runExample(file, served.environmentFor('asker'));

    expect(stdout).toBe('For how many guests?\n\nkept: 15 tokens, fee 1\n');
    expect(served.money('asker')).toEqual({ payer: 984, agent: 0, escrows: ['held'] });
  });

  it('gets the money back when the agent fails', async () => {
    const { stderr } = await runExample(file, served.environmentFor('failing'));

    expect(stderr).toContain('The page asked for a login, so it could not be read.');
    expect(served.money('failing')).toEqual({ payer: 1000, agent: 0, escrows: ['refunded'] });
  });
});

it('examples/stream-text.ts prints the answer while it arrives', async () => {
  const { pieces } = await runExample('stream-text.ts', served.environmentFor('streamer'));
  expect(pieces).toBeGreaterThan(10);
});
