import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/v4';
import { runCli } from '../../src/cli/run-cli';
import { createExchangeClient } from '../../src/rails/exchange/exchange-client';
import { type ServedSandbox, serveSandbox } from '../../src/sandbox/serve-sandbox';

let sandbox: ServedSandbox;
beforeAll(async () => {
  sandbox = await serveSandbox({ payerTokens: 500 });
});
afterAll(() => sandbox.close());

describe('help and usage', () => {
  it('prints help on stdout', async () => {
    for (const args of [['--help'], ['-h'], ['help']]) {
      const { code, stdout, stderr } = await run(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(
        /sandbox.*doctor.*register.*deposit.*balance.*escrows.*plans.*order.*replay/s,
      );
    }
    for (const command of [
      'sandbox',
      'doctor',
      'register',
      'deposit',
      'balance',
      'escrows',
      'plans',
      'order',
      'replay',
    ]) {
      const { code, stdout } = await run([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: a2a-settlement ${command}`);
    }
  });

  it('says what to do when there is no command', async () => {
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+/),
    });
    const { code, stdout, stderr } = await run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: a2a-settlement COMMAND');
  });

  it.each([
    [['toString'], 'Unknown command "toString". See a2a-settlement --help.'],
    [['balence'], 'Unknown command "balence". Did you mean balance? See a2a-settlement --help.'],
    [['balance', '--nope'], "Unknown option '--nope'.\n"],
    [['doctor', '--evn', '.env.local'], "Unknown option '--evn'. Did you mean --env?"],
    [['sandbox', '--prot=1'], "Unknown option '--prot'. Did you mean --port?"],
    [['replay', '-j', 'x'], "Unknown option '-j'.\n"],
    [
      ['escrows', '--status', 'foo'],
      '--status must be one of held, released, partially_released, refunded, expired, evidence_pending, disputed.',
    ],
    [['balance', 'extra'], "Unexpected argument 'extra'"],
    [['deposit'], 'AMOUNT'],
    [['deposit', '1.5'], 'AMOUNT'],
    [['deposit', '1', '2'], 'AMOUNT'],
    [['escrows', '--limit', 'all'], '--limit'],
    [['balance', '--rail', 'gold'], '--rail'],
    [['balance', '--rail', 'nevermined'], 'NVM_API_KEY'],
    [['order'], 'PLAN_ID'],
    [['order', '1', '2'], 'PLAN_ID'],
    [['plans', '1'], 'NVM_API_KEY'],
    [['register', '--name', 'x'], '--email'],
    [
      ['register', '--name', 'x', '--email', 'x@example.com', '--spend-limit', '-'],
      '--spend-limit',
    ],
    [['sandbox', '--port', '70000'], '--port'],
    [['sandbox', '--port', 'http'], '--port'],
  ])('%j is wrong usage', async (args, text) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^a2a-settlement: .*\n$/);
    expect(stderr).toContain(text);
  });

  it('needs an exchange and a key', async () => {
    expect(await run(['balance'], { A2A_EXCHANGE_URL: '' })).toMatchObject({
      code: 2,
      stderr: 'a2a-settlement: No exchange: give --exchange URL or set A2A_EXCHANGE_URL.\n',
    });
    expect(await run(['balance'], { A2A_PAYER_API_KEY: undefined })).toMatchObject({
      code: 2,
      stderr: 'a2a-settlement: No API key: set A2A_PAYER_API_KEY (or A2A_API_KEY).\n',
    });
  });
});

describe('plans of Nevermined', () => {
  const env = () => ({
    NVM_API_KEY: sandbox.nevermined.buyer.apiKey,
    NVM_BACKEND_URL: sandbox.nevermined.backendUrl,
  });

  it('are shown by their id or their agent, ordered, and have credits', async () => {
    const { agent } = sandbox.nevermined;
    const before = await run(['plans', agent.url], env());
    expect(before.stdout).toMatch(/^PLAN +NAME +CREDITS +PRICE +PAID BY +BALANCE\n/);
    expect(before.stdout).toContain(`${agent.planId}  Hundred credits  100`);
    expect(before.stdout).toMatch(/1000000 USDC +stablecoin +0\n$/);

    const ordered = await run(['order', agent.planId], env());
    expect(ordered).toMatchObject({ code: 0, stdout: 'Ordered. Balance: 100 credits.\n' });

    const balance = await run(['balance', '--rail', 'nevermined'], {
      ...env(),
      NVM_PLAN_ID: agent.planId,
    });
    expect(balance.stdout).toBe(`${agent.planId}:  100 credits\n`);

    const json = await run(['plans', '--json', agent.planId, agent.url], env());
    expect(JSON.parse(json.stdout)).toMatchObject([{ planId: agent.planId, balance: '100' }]);
  });

  it('that are not there are no plans, and keys are not shown', async () => {
    const failed = await run(['order', '1'], env());
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toContain('Plan not found');
    const mistaken = await run(['order', env().NVM_API_KEY], env());
    expect(mistaken.stderr).not.toContain(env().NVM_API_KEY);
    expect(await run(['plans'], env())).toMatchObject({ code: 2 });
    expect(await run(['plans', sandbox.agents.streamer.url], env())).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('contains no plan'),
    });
    expect(await run(['plans', '1'], { ...env(), NVM_ENVIRONMENT: 'moon' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('staging_live'),
    });
  });
});

describe('the account', () => {
  it('is shown, for people and as JSON', async () => {
    const text = await run(['balance']);
    expect(text.stdout).toMatch(/^Account: +\S+\nAvailable: +500\nHeld in escrow: +0\n/);

    const json = await run(['balance', '--json', '--exchange', `${sandbox.exchangeUrl}/api/v1`], {
      A2A_EXCHANGE_URL: undefined,
      A2A_PAYER_API_KEY: undefined,
      A2A_API_KEY: sandbox.payer.apiKey,
    });
    expect(JSON.parse(json.stdout)).toMatchObject({
      accountId: sandbox.payer.accountId,
      available: 500,
    });
  });

  it('is opened, and its key shown once', async () => {
    const args = ['register', '--name', 'crawler', '--email', 'me@example.com', '--skill', 'crawl'];
    const text = await run(args, { A2A_PAYER_API_KEY: undefined });
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/API key: +ate_\w+\n$/);
    expect(text.stderr).toContain('shown only now');

    const again = await run(args);
    expect(again).toMatchObject({ code: 1, stdout: '' });

    const other = ['register', '--name', 'shop', '--email', 'me@example.com', '--json'];
    const json = registration.parse(JSON.parse((await run(other)).stdout));
    const balance = await run(['balance', '--json'], { A2A_PAYER_API_KEY: json.apiKey });
    expect(JSON.parse(balance.stdout)).toMatchObject({ accountId: json.accountId });
  });

  it('takes deposits', async () => {
    const { apiKey } = await register('depositor');
    const env = { A2A_PAYER_API_KEY: apiKey };
    expect((await run(['deposit', '50'], env)).stdout).toBe(
      'Deposited 50 tokens; 150 are available.\n',
    );
    const json = await run(['deposit', '5', '--reference', 'test', '--json'], env);
    expect(JSON.parse(json.stdout)).toMatchObject({ amount: 5, newBalance: 155 });
  });

  it('lists its escrows', async () => {
    const { apiKey } = await register('buyer');
    const env = { A2A_PAYER_API_KEY: apiKey };
    const exchange = createExchangeClient({ url: sandbox.exchangeUrl, apiKey });
    const providerId = sandbox.agents.streamer.accountId;
    const first = await exchange.hold({ providerId, amount: 10, taskId: 'task-1' });
    const second = await exchange.hold({ providerId, amount: 11, taskId: 'task-\u001b[31m2' });
    await exchange.release(first.escrowId);

    const text = await run(['escrows'], env);
    expect(text.stdout).toMatch(/^ESCROW +STATUS +AMOUNT/);
    expect(text.stdout).toContain(second.escrowId);
    expect(text.stdout).not.toContain('\u001b');

    const held = await run(['escrows', '--status', 'held', '--json'], env);
    expect(JSON.parse(held.stdout)).toMatchObject({ escrows: [{ escrowId: second.escrowId }] });
    const ofTask = await run(['escrows', '--task', 'task-1', '--json'], env);
    expect(JSON.parse(ofTask.stdout)).toMatchObject({ escrows: [{ escrowId: first.escrowId }] });
    expect((await run(['escrows', '--limit', '1'], env)).stdout).toMatch(/\n1 of 2\n$/);
  });
});

describe('failures', () => {
  it('are one line on stderr, without the key', async () => {
    const key = 'ate_00000000000000000000000000000000';
    const unauthorized = await run(['balance'], { A2A_PAYER_API_KEY: key });
    expect(unauthorized).toMatchObject({ code: 1, stdout: '' });
    expect(unauthorized.stderr).toMatch(/^a2a-settlement: .+\n$/);
    expect(unauthorized.stderr).not.toContain(key);

    const typed = await run(['balance', key]);
    expect(typed.code).toBe(2);
    expect(typed.stderr).not.toContain(key);

    const unreachable = await run(['balance', '--exchange', 'http://127.0.0.1:9']);
    expect(unreachable).toMatchObject({ code: 1, stdout: '' });
    expect(unreachable.stderr).toMatch(/^a2a-settlement: .+\n$/);
    expect(unreachable.stderr).not.toContain(sandbox.payer.apiKey);
  });
});

it('says of an address that is none what it is not, and not by which pattern', async () => {
  const { code, stderr } = await run(['register', '--name', 'shop', '--email', 'nonsense']);
  expect(code).toBe(1);
  expect(stderr).toContain('contact_email: must be an e-mail address.');
});

describe('sandbox', () => {
  it('prints one line of JSON on request, and serves until it is stopped', async () => {
    let stop = () => {};
    const stopped = new Promise<void>((resolve) => {
      stop = resolve;
    });
    const output: string[] = [];
    const code = runCli(['sandbox', '--json', '--tokens', '7', '--delay', '0', '--required'], {
      env: {},
      stdout: { write: (text: string) => output.push(text) },
      stderr: { write: () => true },
      untilStopped: () => stopped,
    });

    await expect.poll(() => output.length).toBe(1);
    const line = output[0] ?? '';
    expect(line).toMatch(/^\{.*\}\n$/);
    const { exchangeUrl, payer, agents } = served.parse(JSON.parse(line));
    expect(Object.keys(agents)).toEqual(['streamer', 'failing', 'asker', 'slow', 'data']);
    const balance = await run(['balance', '--json', '--exchange', exchangeUrl], {
      A2A_PAYER_API_KEY: payer.apiKey,
    });
    expect(JSON.parse(balance.stdout)).toMatchObject({ available: 7 });

    stop();
    expect(await code).toBe(0);
    await expect(fetch(exchangeUrl)).rejects.toThrow('fetch failed');
  });

  it('fails when the port is taken', async () => {
    const { code, stderr } = await run(['sandbox', '--port', String(sandbox.port)]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `a2a-settlement: Port ${sandbox.port} is taken (EADDRINUSE). Does a sandbox run there already? Stop it, or choose another with --port N.\n`,
    );
  });
});

const registration = z.object({ accountId: z.string(), apiKey: z.string() });

const served = z.object({
  exchangeUrl: z.string(),
  payer: z.object({ accountId: z.string(), apiKey: z.string() }),
  agents: z.record(z.string(), z.object({ url: z.string(), accountId: z.string() })),
});

async function register(name: string) {
  const { stdout } = await run(['register', '--name', name, '--email', 'me@example.com', '--json']);
  return registration.parse(JSON.parse(stdout));
}

async function run(argv: string[], env: Record<string, string | undefined> = {}) {
  let stdout = '';
  let stderr = '';
  const code = await runCli(argv, {
    env: {
      A2A_EXCHANGE_URL: sandbox.exchangeUrl,
      A2A_PAYER_API_KEY: sandbox.payer.apiKey,
      ...env,
    },
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    untilStopped: async () => {},
  });
  return { code, stdout, stderr };
}
