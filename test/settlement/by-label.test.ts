import { generateText } from 'ai';
import { describe, expect, test } from 'vitest';
import type { LabelRules, PaymentQuote, SettlementOptions } from '../../src/index';
import { createSettlement } from '../../src/index';
import { aSettlement, priced } from './a-settlement';
import { RecordedStorage } from './recorded-storage';
import { ScriptedAgent, type Turn } from './scripted-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

/** Calls of teams, each of which costs 20. */
function calls(byLabel: LabelRules, options: SettlementOptions = {}, turns: Turn[] = []) {
  const agent = new ScriptedAgent(...turns);
  const { model, rail } = aSettlement({ agent, options: { byLabel, ...options } });
  const call = (labels?: Record<string, string>) =>
    generateText({
      model,
      prompt: 'Hi',
      providerOptions: { settlement: labels === undefined ? {} : { labels } },
    }).then(
      () => 'paid',
      (error: Error) => error.message,
    );
  return { agent, call, rail };
}

describe('limits', () => {
  test('a budget is of one team, and the next team has its own', async () => {
    const limits = { perWindow: { amount: 40, minutes: 60 } };
    const { call, rail } = calls({ team: { search: { limits } } });
    expect(await call({ team: 'search' })).toBe('paid');
    expect(await call({ team: 'ads' })).toBe('paid');
    expect(await call({ team: 'search' })).toBe('paid');
    expect(await call({ team: 'search' })).toBe(
      'The call of agent "agent" for 20 tokens was not sent: byLabel.team.search.limits.perWindow allows 40 tokens in 60 minutes, and 40 are in use.',
    );
    expect(await call({ team: 'ads' })).toBe('paid');
    expect(await call()).toBe('paid');
    expect(rail.holds).toHaveLength(5);
  });

  test('`*` gives each other value, and calls without the label, a budget of their own', async () => {
    const one = { limits: { perWindow: { amount: 20, minutes: 60 } } };
    const { call } = calls({ user: { '*': one, admin: {} } });
    for (const labels of [{ user: 'a' }, { user: 'b' }, { team: 'c' }, { user: 'constructor' }]) {
      expect(await call(labels)).toBe('paid');
      expect(await call(labels)).toContain('byLabel.user.*.limits.perWindow allows 20');
    }
    expect(await call({ user: 'admin' })).toBe('paid');
    expect(await call({ user: 'admin' })).toBe('paid');
    // Those of the admin count for nobody else.
    expect(await call()).toContain('and 20 are in use');
  });

  test('a refund gives the budget back, and the common limits count all teams', async () => {
    const limits = { perWindow: { amount: 20, minutes: 60 } };
    const { call } = calls(
      { team: { search: { limits } } },
      { limits: { perWindow: { amount: 40, minutes: 60 } } },
      [{ state: 'failed' }],
    );
    expect(await call({ team: 'search' })).toBe('failed');
    expect(await call({ team: 'search' })).toBe('paid');
    expect(await call({ team: 'search' })).toContain('byLabel.team.search.limits');
    expect(await call({ team: 'ads' })).toBe('paid');
    expect(await call({ team: 'ads' })).toContain('not sent: limits.perWindow allows 40');
  });

  test('on machines that share a storage', async () => {
    const storage = new RecordedStorage();
    const byLabel = { team: { search: { limits: { perWindow: { amount: 20, minutes: 60 } } } } };
    const machine = () => aSettlement({ storage, options: { byLabel } }).model;
    const providerOptions = { settlement: { labels: { team: 'search' } } };
    await generateText({ model: machine(), prompt: 'Hi', providerOptions });
    const second = generateText({ model: machine(), prompt: 'Hi', providerOptions });
    await expect(second).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  test('the smallest `perCall` is what a metered call may hold', async () => {
    const { call, rail } = calls(
      { team: { search: { limits: { perCall: 30 } } } },
      { price: { model: 'per-minute', baseTokens: 10 } },
    );
    await call({ team: 'search' });
    expect(rail.holds).toMatchObject([{ amount: 30 }]);
  });
});

describe('allow', () => {
  const byLabel = {
    team: { search: { allow: { agents: ['agent'] } }, '*': { allow: { agents: [] } } },
  };

  test('which team may call which agent', async () => {
    const { agent, call } = calls(byLabel);
    expect(await call({ team: 'search' })).toBe('paid');
    const refused = 'the agent is not in byLabel.team.*.allow.agents';
    expect(await call({ team: 'ads' })).toContain(refused);
    expect(await call()).toContain(refused);
    expect(agent.calls).toHaveLength(1);
  });

  test('it restricts what all may, and does not widen it', async () => {
    const { call } = calls(byLabel, { allow: { agents: ['other'] } });
    expect(await call({ team: 'search' })).toContain('the agent is not in allow.agents');
  });

  test('which payee a team may pay', async () => {
    const { call, rail } = calls({ team: { search: { allow: { payees: ['someone'] } } } });
    expect(await call({ team: 'search' })).toContain('byLabel.team.search.allow.payees');
    expect(await call({ team: 'ads' })).toBe('paid');
    expect(rail.holds).toHaveLength(1);
  });
});

test('approvals are asked in turn, with the labels', async () => {
  const asked: [string, PaymentQuote][] = [];
  const approve = (name: string, isFine: boolean) => async (quote: PaymentQuote) => {
    asked.push([name, quote]);
    return isFine;
  };
  const { call, rail } = calls(
    { team: { search: { approve: approve('team', false) } } },
    { approve: approve('common', true) },
  );
  const labels = { team: 'search', user: 'u-7' };
  expect(await call(labels)).toContain('`byLabel.team.search.approve` returned false');
  expect(asked).toMatchObject([
    ['common', { agent: 'agent', amount: 20, labels }],
    ['team', { agent: 'agent', amount: 20, labels }],
  ]);
  expect(rail.holds).toHaveLength(0);
  expect(await call({ team: 'ads' })).toBe('paid');
});

test.each([
  [{ team: { search: { limit: {} } } }, /byLabel\.team\.search has no option `limit`/],
  [{ team: { search: { limits: { perCall: -1 } } } }, /byLabel\.team\.search\.limits\.perCall/],
  [{ team: 'search' }, /byLabel\.team must be an object of rules by value/],
  [7, /byLabel must be an object of rules/],
])('rules that are none: %j', (byLabel, message) => {
  // @ts-expect-error -- options of JavaScript
  expect(() => createSettlement({ rail: priced(), byLabel })).toThrow(message);
});
