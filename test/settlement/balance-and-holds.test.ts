import { generateText, wrapLanguageModel } from 'ai';
import { receiptStore } from 'ai-sdk-a2a-settlement/stores';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  createA2A,
  createSettlement,
  exchangeRail,
  registerAccount,
  type SettlementRail,
} from '../../src/index';
import { createSandbox } from '../../src/sandbox';
import { aSettlement, priced } from './a-settlement';
import { type FakeRail, lineBroke } from './fake-rail';
import { entries } from './journal-entries';
import { RecordedStorage } from './recorded-storage';
import { ScriptedAgent } from './scripted-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

/** A rail whose ledger cannot list its holds. */
const silentRail = (): FakeRail =>
  Object.defineProperty(priced(), 'listHeld', { value: undefined });

describe('on the exchange', () => {
  const sandbox = createSandbox({ agentDelayMs: 1 });
  const { agents, exchangeUrl, fetch, payer } = sandbox;
  afterEach(() => sandbox.close());

  test('an account is registered, and its balance and holds are those of the ledger', async () => {
    const account = await registerAccount({
      name: 'app',
      email: 'me@example.com',
      exchangeUrl,
      fetch,
    });
    expect(account).toEqual({
      exchangeUrl,
      accountId: expect.any(String),
      apiKey: expect.stringMatching(/^ate_/),
      starterTokens: 100,
    });
    const { apiKey } = account;
    const rail = exchangeRail({ exchangeUrl, apiKey, fetch });
    const settlement = createSettlement({ rail });
    const model = wrapLanguageModel({
      model: createA2A({ fetch })(agents.asker.url),
      middleware: settlement.middleware,
    });
    const labels = { team: 'search' };
    const providerOptions = { settlement: { labels } };
    await generateText({ model, prompt: 'Book a table', providerOptions });

    expect(await settlement.balance()).toEqual({
      balances: [
        {
          rail: 'a2a-se',
          account: account.accountId,
          available: 84,
          held: 16,
          currency: 'ATE',
          decimals: 0,
        },
      ],
      failed: [],
    });
    const [escrow] = sandbox.ledger().escrows;
    const kept = {
      rail: 'a2a-se',
      state: 'kept',
      escrowId: escrow?.id,
      payee: agents.asker.accountId,
      amount: 15,
      fee: 1,
      currency: 'ATE',
      heldAt: expect.any(Date),
      agent: agents.asker.url,
      agentTaskId: expect.any(String),
      labels,
    };
    expect(await settlement.holds()).toMatchObject({ holds: [kept], failed: [] });

    const others = createSettlement({
      rail: exchangeRail({ exchangeUrl, fetch, apiKey: payer.apiKey }),
    });
    expect(await others.holds()).toEqual({ holds: [], failed: [] });
  });

  test.each([
    [{ email: 'me@example.com' }, /`?name`? must be a string/],
    [{ name: 'x', email: 'me@example.com', mail: 1 }, /has no option `mail`/],
    [{ name: 'x', email: 'me@example.com', dailySpendLimit: 1.5 }, /dailySpendLimit must be/],
  ])('options that are none: %j', async (options, message) => {
    // @ts-expect-error -- options of JavaScript
    await expect(registerAccount({ fetch, exchangeUrl, ...options })).rejects.toThrow(message);
  });

  test('a name that is taken, and an address that is none', async () => {
    const register = (email: string) =>
      registerAccount({ name: 'taken', email, exchangeUrl, fetch });
    await register('me@example.com');
    await expect(register('me@example.com')).rejects.toThrow(/Registration/);
    await expect(register('me')).rejects.toMatchObject({ code: 'VALIDATION' });
  });
});

describe('holds', () => {
  test('of a call that runs, and of one that is over', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const agent = new ScriptedAgent({ work: () => promise });
    const { model, settlement } = aSettlement({ agent });
    const call = generateText({ model, prompt: 'Hi' });
    await vi.waitFor(() => expect(agent.calls).toHaveLength(1));
    expect((await settlement.holds()).holds).toMatchObject([
      { state: 'open', escrowId: 'escrow-1', amount: 20, fee: 1, heldAt: expect.any(Date) },
    ]);
    resolve();
    await call;
    expect(await settlement.holds()).toEqual({ holds: [], failed: [] });
  });

  test('what the ledger no longer has is not under way, whatever the journal says', async () => {
    const rail = priced();
    const storage = new RecordedStorage();
    const { settlement } = aSettlement({ rail, storage });
    const gone = rail.put({}, { state: { type: 'settled', settled: { status: 'late' } } });
    const open = rail.put();
    for (const hold of [gone, open]) {
      storage.items.set(`a2a-settlement:${hold.taskId}.kept`, JSON.stringify(entries.kept(hold)));
    }
    const { holds } = await settlement.holds();
    expect(holds).toMatchObject([{ escrowId: open.escrowId, state: 'kept', agent: 'agent' }]);
  });

  test('a rail that cannot be asked is named, and what the journal has of it is listed', async () => {
    const rail = priced();
    const storage = new RecordedStorage();
    const { settlement } = aSettlement({ rail, storage });
    const hold = rail.put();
    const entry = entries.settling(hold, { type: 'release' });
    storage.items.set(`a2a-settlement:${hold.taskId}.settling`, JSON.stringify(entry));
    rail.failures.listHeld.push(lineBroke());
    const { failed, holds } = await settlement.holds();
    expect(failed).toMatchObject([{ rail: 'fake', error: { code: 'NETWORK' } }]);
    expect(holds).toMatchObject([{ escrowId: hold.escrowId, state: 'settling' }]);
  });

  test('of a rail that cannot list, those of the receipt store', async () => {
    const rail = silentRail();
    const receipts = receiptStore({ storage: new RecordedStorage() });
    const { promise, resolve } = Promise.withResolvers<void>();
    const agent = new ScriptedAgent({ work: () => promise }, {});
    const labels = { team: 'search' };
    const providerOptions = { settlement: { labels } };
    const first = aSettlement({ agent, rail, options: { receipts } });
    const call = generateText({ model: first.model, prompt: 'Hi', providerOptions });
    await vi.waitFor(() => expect(agent.calls).toHaveLength(1));

    // Another process, with another journal.
    const { settlement } = aSettlement({ rail, options: { receipts } });
    await vi.waitFor(async () =>
      expect((await settlement.holds()).holds).toMatchObject([
        { state: 'open', escrowId: 'escrow-1', amount: 20, fee: 1, agent: 'agent', labels },
      ]),
    );
    resolve();
    await call;
    await vi.waitFor(async () => expect((await settlement.holds()).holds).toEqual([]));
  });

  test('what has expired is not under way', async () => {
    const rail = silentRail();
    const storage = new RecordedStorage();
    const { settlement } = aSettlement({ rail, storage });
    const hold = rail.put({ expiresAt: new Date(Date.now() - 1) });
    storage.items.set(`a2a-settlement:${hold.taskId}.kept`, JSON.stringify(entries.kept(hold)));
    expect((await settlement.holds()).holds).toEqual([]);
  });
});

test('balances of several rails, one of which fails', async () => {
  const usdc = { code: 'USDC', decimals: 6 };
  const ours: SettlementRail = Object.assign(priced(), {
    name: 'wallet',
    balance: async () => [{ amount: '9.75', currency: usdc, of: 'eip155:8453' }],
  });
  const down: SettlementRail = Object.assign(priced(), {
    name: 'down',
    balance: () => {
      throw new TypeError('a secret');
    },
  });
  const silent: SettlementRail = Object.assign(priced(), { name: 'silent' });
  const settlement = createSettlement({ rails: [down, ours, silent] });
  const { balances, failed } = await settlement.balance();
  expect(balances).toEqual([
    { rail: 'wallet', account: 'eip155:8453', available: '9.75', currency: 'USDC', decimals: 6 },
  ]);
  expect(failed).toMatchObject([{ rail: 'down', error: { code: 'UNKNOWN' } }]);
  expect(failed[0]?.error.message).not.toContain('secret');
});
