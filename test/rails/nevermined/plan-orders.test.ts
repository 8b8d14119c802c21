import { describe, expect, it } from 'vitest';
import { nevermined } from '../../../src/rails/nevermined';
import {
  agentId,
  asked,
  holdRequest,
  neverminedBackend,
  neverminedCard,
  required,
  terms,
} from './backend';

/** A backend whose balances are what a test says, and a rail that orders. */
function ordering({ plan = {} }: { plan?: { credits?: number } } = {}) {
  const made = neverminedBackend({ plan });
  const { connection, planId, callsTo, fetch } = made;
  const shown: { balance: string | undefined } = { balance: '0' };
  let onOrder: ((input: Request) => Promise<Response>) | undefined;
  const rail = nevermined({
    ...connection,
    delegation: terms,
    autoOrder: true,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      if (request.url.includes('/balance/') && shown.balance !== undefined) {
        return Response.json({ balance: shown.balance });
      }
      if (request.url.endsWith('/order') && onOrder !== undefined) return onOrder(request);
      return fetch(request);
    },
  });
  const request = holdRequest(neverminedCard({ planId }));
  return {
    ...made,
    rail,
    shown,
    hold: () => rail.hold({ ...request, taskId: crypto.randomUUID() }),
    orders: () => callsTo(`/protocol/plans/${planId}/order`).length,
    answerOrders(answer: typeof onOrder) {
      onOrder = answer;
    },
  };
}

describe('a plan that lacks credits', () => {
  it('is ordered once for calls that come one after the other while the balance comes late', async () => {
    const { hold, orders } = ordering();
    for (let call = 1; call <= 5; call++) await hold();
    expect(orders()).toBe(1);
  });

  it('is ordered again once the balance has shown the order, and was used up', async () => {
    const { hold, orders, shown } = ordering();
    await hold();
    shown.balance = '100';
    await hold();
    expect(orders()).toBe(1);
    shown.balance = '4';
    await hold();
    expect(orders()).toBe(2);
  });

  it('is ordered until there is enough, where one order brings less than a call takes', async () => {
    const { hold, orders, shown } = ordering({ plan: { credits: 3 } });
    shown.balance = undefined;
    await hold();
    await hold();
    await hold();
    expect(orders()).toBe(2);
  });

  it('is ordered again when the balance has not shown the order for some minutes', async () => {
    const { hold, orders, passMinutes } = ordering();
    await hold();
    passMinutes(4.9);
    await hold();
    expect(orders()).toBe(1);
    passMinutes(0.2);
    await hold();
    expect(orders()).toBe(2);
  });

  it.each<[string, (request: Request) => Promise<Response>]>([
    [
      'is lost',
      async () => {
        const cause = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
        throw new TypeError('fetch failed', { cause });
      },
    ],
    ['is an error of the backend', async () => new Response('{}', { status: 502 })],
    ['is that it is being done', async () => new Response('{}', { status: 409 })],
    ['comes too late', async () => new Response('{}', { status: 408 })],
    ['makes no sense', async () => Response.json({ success: 'perhaps' })],
  ])('is not ordered twice when the answer to the order %s', async (_, answer) => {
    const { hold, answerOrders } = ordering();
    let orders = 0;
    answerOrders(async (request) => {
      orders += 1;
      return answer(request);
    });
    await expect(hold()).rejects.toMatchObject({ name: 'AI_SettlementError' });
    expect(await hold()).toMatchObject({ payee: agentId });
    expect(orders).toBe(1);
  });

  it.each<[string, () => Promise<Response>]>([
    ['says no', async () => new Response('{}', { status: 402 })],
    [
      'was not reached',
      async () => {
        const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
        throw new TypeError('fetch failed', { cause });
      },
    ],
  ])('is ordered by the next call when the backend %s', async (_, answer) => {
    const { hold, orders, answerOrders } = ordering();
    answerOrders(answer);
    await expect(hold()).rejects.toMatchObject({ name: 'AI_SettlementError' });
    answerOrders(undefined);
    await hold();
    expect(orders()).toBe(1);
  });
});

it('does not order a plan that has as many credits as a call takes', async () => {
  const { hold, orders, shown } = ordering();
  shown.balance = '5';
  await hold();
  expect(orders()).toBe(0);
  shown.balance = '4';
  await hold();
  expect(orders()).toBe(1);
});

describe('a plan that only a challenge names', () => {
  const challengeOf = (paying: ReturnType<typeof nevermined>, ...planIds: string[]) => {
    const accepts = planIds.flatMap((planId) => required(planId).accepts);
    const challenge = paying.challenge?.(asked(required('', { accepts })), {
      hasLimit: () => true,
    });
    if (challenge === undefined) throw new Error('not asked');
    return challenge;
  };

  function dearPlan(options: { planId?: string | string[] } = {}) {
    const made = neverminedBackend();
    const dear = made.addPlan({ name: 'Dear', credits: 10, priceCents: 1_000_000 });
    const paying = made.rail({ autoOrder: true, ...options });
    return {
      ...made,
      dear,
      paying,
      dearOrders: () => made.callsTo(`/protocol/plans/${dear}/order`),
    };
  }

  it('is not ordered, and the error names `planId`', async () => {
    const { paying, planId, dear, dearOrders } = dearPlan();
    const card = neverminedCard({ planId });
    const challenge = challengeOf(paying, dear);
    await expect(paying.hold(holdRequest(card, { challenge }))).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
      message: expect.stringMatching(new RegExp(`Plan ${dear} .*\`planId\` of \`nevermined\``)),
    });
    expect(dearOrders()).toEqual([]);
  });

  it('is paid with where it has enough credits', async () => {
    const { paying, planId, dear, dearOrders } = dearPlan();
    await paying.order(dear);
    const challenge = challengeOf(paying, dear);
    const hold = await paying.hold(holdRequest(neverminedCard({ planId }), { challenge }));
    expect(hold.state).toMatchObject({ planId: dear });
    expect(dearOrders()).toHaveLength(1);
  });

  it('gives way to the one on the card, which is ordered', async () => {
    const { paying, planId, dear, dearOrders, callsTo } = dearPlan();
    const challenge = challengeOf(paying, dear, planId);
    const hold = await paying.hold(holdRequest(neverminedCard({ planId }), { challenge }));
    expect(hold.state).toMatchObject({ planId });
    expect(callsTo(`/protocol/plans/${planId}/order`)).toHaveLength(1);
    expect(dearOrders()).toEqual([]);
  });

  it('is ordered where the payer named it too', async () => {
    const { dear, rail, dearOrders } = dearPlan();
    const paying = rail({ autoOrder: true, planId: dear });
    const challenge = challengeOf(paying, dear);
    await paying.hold(holdRequest(undefined, { challenge }));
    expect(dearOrders()).toHaveLength(1);
  });

  it('is not ordered because another agent’s card names it, and claims to be this agent', async () => {
    const { paying, dear, dearOrders, calls } = dearPlan();
    // A card that a user opened once, of somebody else.
    paying.terms(neverminedCard({ planId: dear }, 'https://thief.example.com/'), {
      skill: undefined,
    });
    const request = holdRequest(undefined, { challenge: challengeOf(paying, '') });
    await expect(paying.hold(request)).rejects.toMatchObject({
      code: 'NO_PAYEE',
      message: expect.stringContaining('`planId`'),
    });
    const named = holdRequest(undefined, { challenge: challengeOf(paying, dear) });
    await expect(paying.hold(named)).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
    expect(dearOrders()).toEqual([]);
    expect(calls.filter(({ method }) => method === 'POST')).toEqual([]);
  });
});
