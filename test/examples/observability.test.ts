import { expect, it } from 'vitest';
import { runExample } from './run-example';

it('examples/observability.ts prints a trace of each call, and the spend by team', async () => {
  const { exitCode, stderr, stdout } = await runExample('observability.ts');
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  const lines = stdout.split('\n');
  const trace = lines.filter((line) => line.includes(' ms '));
  const [streamer, failing] = ['streamer', 'failing'].map(
    (name) => `https://sandbox.test/agents/${name}/`,
  );
  expect(trace.map((line) => line.replace(/ \d+ ms /, ' '))).toEqual([
    `invoke_agent ${streamer} `,
    '  step 1 ',
    `    chat ${streamer} `,
    '      settlement.hold ',
    '      settlement.send ',
    '      settlement.release released',
    `invoke_agent ${failing} `,
    '  step 1 ',
    `    chat ${failing} `,
    '      settlement.hold ',
    '      settlement.send ',
    '      settlement.refund refunded',
  ]);
  const cells = (team: string) =>
    lines
      .find((line) => line.includes(`'${team}'`))
      ?.split('│')
      .slice(2, -1)
      .map((cell) => cell.trim());
  expect(cells('ads')).toEqual(["'ads'", '1', "'0'", "'0'", "'0'", "'11'", "'0'", "'0'", "'ATE'"]);
  expect(cells('search')).toEqual([
    "'search'",
    '1',
    "'10'",
    "'1'",
    "'11'",
    "'0'",
    "'0'",
    "'0'",
    "'ATE'",
  ]);
});
