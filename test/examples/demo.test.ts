import { afterEach, expect, it, vi } from 'vitest';
import { runDemo } from '../../examples/demo/run-demo';
import { Screen } from '../../examples/demo/screen';
import { runExample } from './run-example';

afterEach(() => vi.unstubAllGlobals());

it('exits with 0 and tells where every token went', async () => {
  const { exitCode, stdout, stderr, pieces } = await runExample('demo.ts', {
    // What a shell may have set changes nothing.
    A2A_SETTLEMENT_ENABLED: 'false',
    A2A_DEFAULT_TTL_MINUTES: 'soon',
    A2A_EXCHANGE_URL: 'http://127.0.0.1:1',
  });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);

  const lines = stdout.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(100);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
  expect(lines.filter((line) => /\s$/.test(line))).toEqual([]);
  // No colours, keys, JSON or stack traces.
  expect(stdout).not.toContain('\u001b');
  expect(stdout).not.toMatch(/ate_|[{}]|\n\s+at /);
  // The words of the streamed answer arrive one by one.
  expect(pieces).toBeGreaterThan(40);

  expect(moneyLines(lines)).toEqual([
    'held 6 994',
    'released 6 994',
    'held 11 983',
    'released 11 983',
    'held 11 972',
    'refunded 11 983',
    'held 16 967',
    'kept 16 967',
    'released 16 967',
    'held 26 941',
    'refunded 26 967',
    'unpaid 0 967',
    'released 0.25 9.75',
    'pending 0.25 9.75',
    'released 5 95',
    'taken 5 90',
  ]);
  // One table for all rails, and below it what each ledger says.
  expect(tableOf(lines)).toEqual([
    'agent rail held released refunded taken pending in proof',
    'weather agent exchange 6 6 - - - ATE escrow #',
    'web agent exchange 11 11 - - - ATE escrow #',
    'failing agent exchange 11 - 11 - - ATE escrow #',
    'booking agent exchange 16 16 - - - ATE escrow #',
    'research agent exchange 26 - 26 - - ATE escrow #',
    'answer agent x402 0.25 0.25 - - - USDC 0x# ledger',
    'answer agent x402 0.25 - - - 0.25 USDC not taken yet',
    'rhyme agent nevermined 5 5 - - - credits 0x# agent',
    'rhyme agent nevermined 5 - - 5 - credits 0x# agent',
    'sum 70 33 37 - - ATE you: 1000 → 967',
    'sum 0.5 0.25 - - 0.25 USDC you: 10 → 9.75',
    'sum 10 5 - 5 - credits you: 100 → 90',
  ]);
  expect(lines.at(-1)).toMatch(/^ +✓ +No token was lost/);
});

it('says so, and does not succeed, when the money goes another way', async () => {
  vi.stubGlobal('AI_SDK_LOG_WARNINGS', false);
  let shown = '';
  const isGood = await runDemo({
    screen: new Screen({ write: (text) => (shown += text), colors: false }),
    // Enough for the first call, not for the others.
    payerTokens: 16,
  });
  expect(isGood).toBe(false);
  expect(shown).toContain('✗  Some figures are not what they must be');
  expect(shown).toContain('you, before: 16, must be 1000');
  expect(shown).not.toContain('No token was lost');
});

/** Name, tokens and balance of each line that tells of money. */
function moneyLines(lines: string[]): string[] {
  return lines.flatMap((line) => {
    const found = /^ +(\w+) +([\d.]+) .* you have +([\d.]+)$/.exec(line);
    return found === null ? [] : [found.slice(1).join(' ')];
  });
}

/** From its header to its end, without what is another each time. */
function tableOf(lines: string[]): string[] {
  const from = lines.findIndex((line) => /^ +agent +rail/.test(line));
  const to = lines.findIndex((line, index) => index > from && line === '');
  return lines
    .slice(from, to)
    .filter((line) => !line.includes('─'))
    .map((line) =>
      line
        .trim()
        .replace(/(escrow |0x)[0-9a-f]+…/, '$1#')
        .replaceAll(/ +/g, ' '),
    );
}
