import { describe, expect, it, test } from 'vitest';
import type { AgentTerms, SettlementOptions, SettlementRail } from '../../src/index';
import { readSealedHold, sealHold } from '../../src/settlement/hold/kept-mark';
import { aPaidAgent, asking } from './a-paid-agent';
import { asksFor, CapturingRail } from './capturing-rail';
import { FakeRail, lineBroke } from './fake-rail';
import { RecordedStorage } from './recorded-storage';
import { promptAfter, settlementOf, type Turn } from './scripted-agent';

const prompt = promptAfter();
const credits = { code: 'credits', decimals: 0 };
const limits = { perCall: 50, USDC: { perCall: 0.5 }, credits: { perCall: 9 } };
const ofCard = {
  asked: { isAsked: true, required: false },
  exchange: { payee: 'account', amount: 20, required: false },
  plan: { payee: 'plan', amount: 5, currency: credits, required: false },
} satisfies Record<string, AgentTerms>;

/** A chain, a backend of credits and an exchange, in this order; each reads its own terms. */
function threeRails(terms: Partial<Record<'chain' | 'plan' | 'exchange', AgentTerms>>) {
  const chain = new CapturingRail('chain');
  const plan = new CapturingRail('plan', credits);
  const exchange = new FakeRail();
  chain.cardTerms = terms.chain;
  plan.cardTerms = terms.plan;
  exchange.cardTerms = terms.exchange;
  return { chain, plan, exchange, rails: [chain, plan, exchange] };
}

const all = { chain: ofCard.asked, plan: ofCard.plan, exchange: ofCard.exchange };
type Three = ReturnType<typeof threeRails>;

function called(three: Three, turns: Turn[] = [asking(), {}], options: SettlementOptions = {}) {
  return aPaidAgent({ rails: three.rails, options: { limits, ...options }, turns });
}

const signedOn = ({ chain, exchange, plan }: Three) => [
  chain.signed.length,
  plan.signed.length,
  exchange.holds.length,
];

describe('who is paid on which', () => {
  it.each<[string, Parameters<typeof threeRails>[0], SettlementOptions, number[]]>([
    ['the first that the card speaks of', all, {}, [1, 0, 0]],
    ['the only one', { exchange: ofCard.exchange }, {}, [0, 0, 1]],
    ['one with a price', { plan: ofCard.plan, exchange: ofCard.exchange }, {}, [0, 1, 0]],
    [
      'not one whose currency has no limit',
      { plan: ofCard.plan, exchange: ofCard.exchange },
      { limits: { USDC: { perCall: 1 } } },
      [0, 0, 1],
    ],
    ['not one that asks where nothing has a limit', all, { limits: { perCall: 50 } }, [0, 0, 1]],
    [
      'the exchange, where the account is configured',
      {},
      { agents: { agent: { accountId: 'mine' } } },
      [0, 0, 1],
    ],
  ])('%s', async (_, terms, options, signed) => {
    const three = threeRails(terms);
    const turns = signed[0] === 1 ? [asking(), {}] : [{}];
    await called(three, turns, options).model.doGenerate({ prompt });
    expect(signedOn(three)).toEqual(signed);
  });

  it('is not one without a credential', async () => {
    const three = threeRails(all);
    three.chain.isConfigured = false;
    await called(three).model.doGenerate({ prompt });
    expect(signedOn(three)).toEqual([0, 1, 0]);
  });

  it.each([
    ['exchange', { exchange: ofCard.exchange }],
    ['plan', { plan: ofCard.plan }],
    ['chain', { chain: ofCard.asked }],
  ] as const)('is nobody where only %s could pay, and has no credential', async (name, terms) => {
    const three = threeRails(terms);
    three[name].isConfigured = false;
    const { agent, model, names } = called(three, [{}]);
    const result = await model.doGenerate({ prompt });
    expect(settlementOf(result)).toEqual({ status: 'unsettled', reason: 'NOT_CONFIGURED' });
    expect(result.warnings).toMatchObject([{ message: expect.stringContaining('no key is set') }]);
    expect(names()).toEqual(['unsettled']);
    expect(agent.calls).toHaveLength(1);

    const strict = called(three, [{}], { onHoldFailure: 'throw' });
    await expect(strict.model.doGenerate({ prompt })).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
    expect(strict.agent.calls).toEqual([]);

    const [of, card] = [three[name], Object.values(terms)[0]];
    of.cardTerms = { ...card, required: true } as AgentTerms;
    const required = called(three, [{}]);
    await expect(required.model.doGenerate({ prompt })).rejects.toMatchObject({
      code: 'PAYMENT_REQUIRED',
    });
    expect(required.agent.calls).toEqual([]);
  });

  it('is nobody where an agent asks, and the rail that reads it has no credential', async () => {
    const three = threeRails({ plan: { ...ofCard.asked } });
    three.chain.isConfigured = false;
    const { agent, model, names } = called(three, [asking()]);
    const result = await model.doGenerate({ prompt });
    expect(settlementOf(result)).toEqual({ status: 'unsettled', reason: 'NOT_CONFIGURED' });
    expect(names()).toEqual(['unsettled']);
    const strict = called(three, [asking()], { onHoldFailure: 'throw' });
    await expect(strict.model.doGenerate({ prompt })).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
    expect([agent.canceled, strict.agent.canceled]).toEqual([[], ['task-1']]);
  });

  it('is in the order of the user', async () => {
    const three = threeRails(all);
    three.rails.reverse();
    await called(three).model.doGenerate({ prompt });
    expect(signedOn(three)).toEqual([0, 0, 1]);
  });
});

describe('a challenge', () => {
  const askingCredits = asking('0', { metadata: asksFor(7, 'plan-7', 'credits') });

  it('falls through a rail that cannot pay it', async () => {
    const three = threeRails(all);
    const paid = called(three, [askingCredits, { work: () => three.plan.capture() }]);
    const result = await paid.model.doGenerate({ prompt });
    expect(settlementOf(result)).toMatchObject({
      status: 'released',
      captured: 7,
      currency: 'credits',
      payee: 'plan-7',
    });
    expect(signedOn(three)).toEqual([0, 1, 0]);
  });

  it('falls through a rail whose currency has no limit, and stops at the last', async () => {
    const three = threeRails(all);
    const paid = called(three, [askingCredits], { limits: { USDC: { perCall: 1 } } });
    await expect(paid.model.doGenerate({ prompt })).rejects.toThrow('limits: { credits: {');
    expect(signedOn(three)).toEqual([0, 0, 0]);
    expect(paid.agent.canceled).toEqual(['task-1']);
  });

  it('to a payment on another rail is paid on the one that it asks for', async () => {
    const three = threeRails({ chain: ofCard.asked, plan: ofCard.plan });
    three.rails.reverse();
    const paid = called(three, [asking(), { work: () => three.chain.capture() }]);
    const result = await paid.model.doGenerate({ prompt });
    expect(settlementOf(result)).toMatchObject({ status: 'released', currency: 'USDC' });
    expect(three.plan.asked[0]).toBe('refund plan-1 payment-refused');
    expect(signedOn(three)).toEqual([1, 1, 0]);
  });

  it('of an agent whose card says nothing is paid', async () => {
    const three = threeRails({});
    await called(three, [askingCredits, {}]).model.doGenerate({ prompt });
    expect(signedOn(three)).toEqual([0, 1, 0]);
  });
});

test('a required payment that no rail can make stops the call', async () => {
  const three = threeRails({ exchange: { amount: 20, required: true } });
  three.chain.isConfigured = false;
  three.plan.isConfigured = false;
  const paid = called(three);
  await expect(paid.model.doGenerate({ prompt })).rejects.toMatchObject({
    code: 'PAYMENT_REQUIRED',
  });
  expect(paid.agent.calls).toEqual([]);
});

describe('a hold is finished by the rail that made it', () => {
  /** A call whose settlement is left to another process. */
  async function leftBehind(terms: Parameters<typeof threeRails>[0], turns: Turn[]) {
    const three = threeRails(terms);
    three.exchange.failures.release.push(lineBroke());
    const storage = new RecordedStorage();
    const options = { limits, retry: { attempts: 1, initialMs: 0.1 } };
    const { model } = aPaidAgent({ rails: three.rails, options, storage, turns });
    await model.doGenerate({ prompt });
    expect(storage.stages()).not.toEqual([]);
    const finish = async (rails: SettlementRail[]) => {
      const next = aPaidAgent({ rails, options, storage, turns: [] });
      const { settled, unresolved } = await next.settlement.reconcile({ graceMs: 0 });
      return [settled.length, unresolved.length];
    };
    return { three, storage, finish };
  }

  it('in another process that asks them in another order', async () => {
    const { finish, storage, three } = await leftBehind(all, [asking(), {}]);
    three.chain.capture();
    expect(await finish(three.rails.toReversed())).toEqual([1, 0]);
    expect(three.exchange.asked).toEqual([]);
    expect(storage.stages()).toEqual([]);
  });

  it('and by no other', async () => {
    const { finish, storage, three } = await leftBehind(all, [asking(), {}]);
    three.chain.capture();
    expect(await finish([three.plan, three.exchange])).toEqual([0, 1]);
    expect(three.exchange.asked).toEqual([]);
    expect(three.plan.asked).toEqual([]);
    expect(storage.stages()).not.toEqual([]);
    expect(await finish([three.exchange, three.chain])).toEqual([1, 0]);
  });

  it('on the exchange beside others', async () => {
    const terms = { exchange: ofCard.exchange };
    const { finish, three } = await leftBehind(terms, [{}]);
    expect(await finish([three.chain])).toEqual([0, 1]);
    expect(await finish(three.rails)).toEqual([1, 0]);
    expect(three.exchange.statusOf('escrow-1')).toBe('released');
  });

  it('when the answer to it was lost', async () => {
    const three = threeRails({ exchange: ofCard.exchange });
    three.exchange.lostAnswers.hold.push(lineBroke(), lineBroke());
    three.exchange.failures.find.push(...Array.from({ length: 20 }, lineBroke));
    const storage = new RecordedStorage();
    const options = { limits, retry: { attempts: 1, initialMs: 0.1 } };
    const { model, names } = aPaidAgent({ rails: three.rails, options, storage, turns: [{}] });
    await model.doGenerate({ prompt });
    await expect.poll(names).toContain('unresolved');
    expect(storage.entry('lost')).toMatchObject({ rail: 'fake', request: { amount: 20 } });
    three.exchange.failures.find.length = 0;
    const next = aPaidAgent({ rails: three.rails, options, storage, turns: [] });
    expect((await next.settlement.reconcile({ graceMs: 0 })).settled).toHaveLength(1);
    expect(three.exchange.statusOf('escrow-1')).toBe('refunded');
    expect(three.chain.asked).toEqual([]);
  });

  it('in its next turn, whatever the card says by then', async () => {
    const three = threeRails({ exchange: ofCard.exchange });
    const turns: Turn[] = [{ state: 'input-required' }, {}];
    const { model } = called(three, turns);
    const first = await model.doGenerate({ prompt });
    three.chain.cardTerms = ofCard.asked;
    const second = await model.doGenerate({ prompt: promptAfter(first) });
    expect(settlementOf(second)).toMatchObject({ status: 'released', captured: 20 });
    expect(three.exchange.statusOf('escrow-1')).toBe('released');
    expect(signedOn(three)).toEqual([0, 0, 1]);
  });
});

describe('the seal of a kept hold', () => {
  const terms = { chain: ofCard.asked };

  async function kept() {
    const three = threeRails(terms);
    const hold = await three.chain.hold({
      taskId: 'aisdk-1',
      payee: 'seller',
      amount: '0.25',
      ttlMinutes: 1,
    });
    const own = { agent: 'agent', hold, taskId: 'task-1', elapsedMs: 3 };
    const mark = await sealHold(three.chain, own);
    const read = (settlement: unknown, rails: SettlementRail[] = three.rails) =>
      readSealedHold(rails, {
        agent: 'agent',
        subject: undefined,
        taskId: 'task-1',
        prompt: JSON.parse(
          JSON.stringify([
            {
              role: 'assistant',
              content: [
                {
                  type: 'text',
                  text: '',
                  providerOptions: { a2a: { taskId: 'task-1' }, settlement },
                },
              ],
            },
          ]),
        ),
      });
    return { hold, mark, own, read, three };
  }

  it('brings back a hold with decimals and notes, whatever order its keys come in', async () => {
    const { mark, own, read } = await kept();
    expect(await read(mark)).toEqual(own);
    const { nonce, of } = { nonce: 'nonce 1', of: { chain: 'chain' } };
    const turned = { ...mark, hold: { ...Object(mark?.['hold']), state: { of, nonce } } };
    expect(await read(turned)).toMatchObject({ hold: own.hold });
  });

  it.each<[string, Record<string, unknown>]>([
    ['the rail', { rail: 'plan' }],
    ['the amount', { amount: '0.5' }],
    ['the decimals', { decimals: 18 }],
    ['no decimals', { decimals: undefined }],
    ['the notes', { state: { nonce: 'other', of: { chain: 'chain' } } }],
    ['no notes', { state: undefined }],
    ['what it pays', { pays: 'message' }],
  ])('binds %s', async (_, change) => {
    const { mark, read } = await kept();
    expect(await read({ ...mark, hold: { ...Object(mark?.['hold']), ...change } })).toBeUndefined();
  });

  it('is not read where its rail is not', async () => {
    const { mark, read, three } = await kept();
    expect(await read(mark, [three.plan, three.exchange])).toBeUndefined();
  });
});
