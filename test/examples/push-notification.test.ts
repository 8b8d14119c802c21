import { expect, it } from 'vitest';
import { runExample } from './run-example';

it('examples/push-notification.ts: the function returns, the webhook settles', async () => {
  const { exitCode, stdout, stderr } = await runExample('push-notification.ts');
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^The function returned: task (submitted|working)$/),
    'Its 25 tokens: kept',
    'The webhook settled: 25 tokens released',
    '',
  ]);
  expect(exitCode).toBe(0);
});
