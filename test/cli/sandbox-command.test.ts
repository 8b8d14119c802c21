import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/run-cli';
import { createExchangeClient } from '../../src/rails/exchange/exchange-client';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('sandbox --env', () => {
  it('writes the URL and a key, keeps other lines, and both at the next start', async () => {
    const env = join(folder, '.env.local');
    await writeFile(env, '# mine\nOTHER="a b"\nA2A_EXCHANGE_URL=\n');
    const first = await start(['--env', env]);
    const text = await readFile(env, 'utf8');
    expect(text).toMatch(
      /^# mine\nOTHER="a b"\nA2A_EXCHANGE_URL=http:\/\/127\.0\.0\.1:\d+\nA2A_PAYER_API_KEY=ate_[0-9a-f]{32}\nA2A_CONVERSATION_SECRET=[0-9a-f]{64}\nA2A_AGENT_URL=http:\/\/127\.0\.0\.1:\d+\/agents\/streamer\/\n$/,
    );
    expect(await run(['balance', '--env', env, '--json'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"available":1000'),
    });
    await first.stop();

    const second = await start(['--env', env, '--json']);
    expect(await readFile(env, 'utf8')).toBe(text);
    expect(text).toContain(JSON.parse(second.stdout).payer.apiKey);
    await second.stop();
  });

  it.each([
    [
      'another port',
      'http://127.0.0.1:1/agents/asker/',
      /^http:\/\/127\.0\.0\.1:(?!1\/)\d+\/agents\/asker\/$/,
    ],
    ['another agent', 'https://agent.example.com', /^https:\/\/agent\.example\.com$/],
  ])('leaves the agent that the file names: %s', async (_, named, kept) => {
    const env = join(folder, '.env');
    await writeFile(env, `A2A_EXCHANGE_URL=http://127.0.0.1:1\nA2A_AGENT_URL=${named}\n`);
    await (await start(['--env', env, '--port', '0'])).stop();
    const { A2A_AGENT_URL: agent } = parseEnv(await readFile(env, 'utf8'));
    expect(agent).toMatch(kept);
  });

  it('makes a file that only its owner can read', async () => {
    const env = join(folder, '.env');
    await (await start(['--env', env])).stop();
    expect((await stat(env)).mode & 0o077).toBe(0);
  });

  it('does not overwrite the key of another exchange', async () => {
    const env = join(folder, '.env');
    for (const [text, why] of [
      ['A2A_EXCHANGE_URL=https://exchange.example.com\n', 'settings of another exchange'],
      ['A2A_PAYER_API_KEY=ate_0123456789abcdef\n', 'settings of another exchange'],
      [
        'A2A_EXCHANGE_URL=http://localhost:1\nA2A_PAYER_API_KEY=sk_1\n',
        'is not a key of a sandbox',
      ],
    ] as const) {
      await writeFile(env, text);
      const { code, stderr } = await run(['sandbox', '--env', env]);
      expect(code).toBe(2);
      expect(stderr).toContain(why);
      expect(await readFile(env, 'utf8')).toBe(text);
    }
  });
});

describe('sandbox --data', () => {
  it('does not overwrite what another sandbox has kept there since', async () => {
    const data = join(folder, 'sandbox.json');
    const [first, second] = [
      await start(['--data', data, '--json']),
      await start(['--data', data, '--json']),
    ];
    const register = async ({ stdout }: typeof first, name: string) => {
      const client = createExchangeClient({ url: JSON.parse(stdout).exchangeUrl });
      const developer = { developerId: 'me', developerName: 'me', contactEmail: 'me@example.com' };
      await client.register({ ...developer, botName: name });
    };
    await register(second, 'of-the-second');
    await register(first, 'of-the-first');
    const why = `another sandbox keeps its data in ${data}. Stop one of them.`;
    expect(first.errors()).toContain(why);
    await first.stop(1);
    expect(second.errors()).toBe('');
    await second.stop();
    expect(await readFile(data, 'utf8')).toContain('of-the-second');
  });

  it('says that the file contains keys', async () => {
    const data = join(folder, 'sandbox.json');
    const { stdout, stop } = await start(['--data', data]);
    expect(stdout).toContain(
      `kept in ${data}, which contains their API keys: keep it out of git (a line for .env* does not cover it).\n`,
    );
    await stop();
  });

  it('keeps accounts and escrows', async () => {
    const files = ['--env', join(folder, '.env'), '--data', join(folder, 'sandbox.json')];
    const first = await start([...files, '--json']);
    const { exchangeUrl, payer, agents } = JSON.parse(first.stdout);
    const exchange = createExchangeClient({ url: exchangeUrl, apiKey: payer.apiKey });
    const hold = await exchange.hold({ providerId: agents.slow.accountId, amount: 20 });
    // Written before the response: a process that is killed now loses nothing.
    const written = await readFile(join(folder, 'sandbox.json'), 'utf8');
    expect(written).toContain(hold.escrowId);
    expect((await stat(join(folder, 'sandbox.json'))).mode & 0o077).toBe(0);
    await first.stop();

    const second = await start([...files, '--json']);
    expect(JSON.parse(second.stdout)).toMatchObject({ payer, agents });
    expect(await exchange.release(hold.escrowId)).toMatchObject({ escrowId: hold.escrowId });
    expect(await exchange.balance()).toMatchObject({ available: 979, heldInEscrow: 0 });
    await second.stop();
  });

  it('says of a file that is something else what to do', async () => {
    const data = join(folder, 'notes.txt');
    for (const text of ['Milk', '{"milk":1}']) {
      await writeFile(data, text);
      expect(await run(['sandbox', '--data', data])).toEqual({
        code: 2,
        stdout: '',
        stderr: `a2a-settlement: ${data} is not a data file of the sandbox: name another file.\n`,
      });
      expect(await readFile(data, 'utf8')).toBe(text);
    }
  });
});

it('says for people what there is and what to do next', async () => {
  const plain = await start(['--tokens', '9']);
  expect(plain.stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/agents\/streamer\/ +10 tokens +Answers/);
  expect(plain.stdout).toMatch(/export A2A_EXCHANGE_URL=http:\S+ A2A_PAYER_API_KEY=ate_\w+\n/);
  expect(plain.stdout).toContain('Your account has 9 tokens.');
  await plain.stop();

  const env = join(folder, '.env');
  const kept = await start(['--env', env]);
  expect(kept.stdout).not.toContain('ate_');
  expect(kept.stdout).toContain(`npx ai-sdk-a2a-settlement balance --env ${env}\n`);
  await kept.stop();
});

it('says where a file of variables does not exist', async () => {
  const env = join(folder, 'none');
  expect(await run(['balance', '--env', env])).toEqual({
    code: 2,
    stdout: '',
    stderr: `a2a-settlement: ${env} does not exist. The command sandbox --env ${env} writes it.\n`,
  });
  expect(await run(['balance', '--env'])).toMatchObject({
    stderr: 'a2a-settlement: --env needs the name of a file.\n',
  });
});

/** Starts a sandbox, and returns what it printed once it has printed everything. */
async function start(args: string[]) {
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const output = { stdout: '', stderr: '' };
  const isJson = args.includes('--json');
  const code = runCli(['sandbox', ...args], {
    env: {},
    stdout: { write: (text) => (output.stdout += text) },
    stderr: { write: (text) => (output.stderr += text) },
    untilStopped: () => stopped,
  });
  await expect
    .poll(() => output.stdout + output.stderr, { timeout: 20_000 })
    .toMatch(isJson ? /\}\n$/ : /Ctrl\+C\.\n$/);
  return {
    stdout: output.stdout,
    errors: () => output.stderr,
    async stop(expected = 0) {
      stop();
      expect(await code).toBe(expected);
    },
  };
}

async function run(argv: string[]) {
  let stdout = '';
  let stderr = '';
  const code = await runCli(argv, {
    env: {},
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    untilStopped: async () => {},
  });
  return { code, stdout, stderr };
}
