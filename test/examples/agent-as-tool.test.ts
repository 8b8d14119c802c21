import { expect, it } from 'vitest';
import { runExample } from './run-example';

it('examples/agent-as-tool.ts has an agent pay another one as a tool', async () => {
  const { exitCode, stdout, stderr } = await runExample('agent-as-tool.ts');
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^You asked: Scrape example\.com\. /);
  expect(stdout).toMatch(/\nreleased: 10 tokens\n\nThe page has been read\.\n$/);
});
