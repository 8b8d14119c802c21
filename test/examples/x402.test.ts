import { expect, it } from 'vitest';
import { runExample } from './run-example';

it('examples/x402.ts pays an agent in USDC, and shows the transaction', async () => {
  const { exitCode, stdout, stderr } = await runExample('x402.ts');
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^You asked: Scrape example\.com\. /);
  expect(stdout).toContain('\nreleased: 0.25 USDC\n');
  expect(stdout).toMatch(/transaction: '0x[0-9a-f]{64}'/);
  expect(stdout).toContain("confirmedBy: 'ledger'");
});
