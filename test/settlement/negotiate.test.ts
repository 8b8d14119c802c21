import { describe, expect, test, vi } from 'vitest';
import type { PriceOffer } from '../../src/rails/rail';
import {
  negotiatePrice,
  type Negotiate,
  type PriceDecision,
  type PriceRequest,
} from '../../src/settlement/plan/negotiate';

/** What the agent answers, in turn: a price it waits for, or an answer without one. */
type Script = readonly (number | 'answer' | Error)[];

interface Case {
  agent: Script;
  caller?: readonly PriceDecision[];
  ceiling?: number;
  signal?: AbortSignal;
}

/** Negotiates by two scripts, and tells what was said. */
async function negotiate(
  { agent, caller = [], ceiling = 200, signal }: Case,
  callback?: Negotiate,
) {
  const answers = [...agent];
  const decisions = [...caller];
  const offers: PriceOffer[] = [];
  const tasks: (string | undefined)[] = [];
  const requests: PriceRequest[] = [];
  const canceled: string[] = [];
  const ended = await negotiatePrice(
    {
      agent: 'agent',
      skill: 'translate',
      currency: 'ATE',
      ceiling,
      maxAmount: 10_000,
      negotiate(request) {
        requests.push(request);
        if (callback !== undefined) return callback(request);
        const decision = decisions.shift();
        if (decision === undefined) throw new Error('asked too often');
        return decision;
      },
    },
    {
      async ask(offer, task) {
        offers.push(offer);
        tasks.push(task?.taskId);
        const answer = answers.shift();
        if (answer === undefined) throw new Error('sent too often');
        if (answer instanceof Error) throw answer;
        if (answer === 'answer') return undefined;
        return {
          price: { price: answer },
          task: { taskId: 'task-1', contextId: 'context-1' },
        };
      },
      cancel: ({ taskId }) => canceled.push(taskId),
      signal,
    },
  ).catch((error: unknown) => ({ error }));
  return { ended, offers, tasks, requests, canceled };
}

const task = { taskId: 'task-1', contextId: 'context-1' };
const agreed = (amount: number) => ({ amount, task });
const refused = (code: string, words = '') => ({
  error: expect.objectContaining({ code, message: expect.stringContaining(words) }),
});

describe('they agree', () => {
  test.each<[string, Case, number]>([
    ['on what was proposed', { agent: [150], caller: ['accept'] }, 150],
    ['on the ceiling itself', { agent: [200], caller: ['accept'] }, 200],
    ['on a counter', { agent: [150, 100], caller: [{ counter: 100 }] }, 100],
    ['on less than was offered', { agent: [150, 90], caller: [{ counter: 100 }] }, 90],
    ['in the middle', { agent: [150, 120], caller: [{ counter: 100 }, 'accept'] }, 120],
    ['when more is offered than is asked', { agent: [150], caller: [{ counter: 160 }] }, 150],
    ['on less, after more than the ceiling', { agent: [900, 50], caller: [{ counter: 50 }] }, 50],
    ['on nothing', { agent: [150, 0], caller: [{ counter: 0 }] }, 0],
    ['on a gift, which nobody is asked about', { agent: [0] }, 0],
    [
      'after the last counter',
      {
        agent: [150, 140, 130, 120, 110, 50],
        caller: [10, 20, 30, 40, 50].map((counter) => ({ counter })),
      },
      50,
    ],
  ])('%s', async (_, script, amount) => {
    const { canceled, ended } = await negotiate(script);
    expect(ended).toEqual(agreed(amount));
    expect(canceled).toEqual([]);
  });

  test('each side hears what the other said', async () => {
    const { offers, requests, tasks } = await negotiate({
      agent: [150, 140, 120],
      caller: [{ counter: 100 }, { counter: 110 }, 'accept'],
    });
    const common = { agent: 'agent', skill: 'translate', currency: 'ATE', ceiling: 200 };
    expect(requests).toEqual([
      { ...common, proposedPrice: 150, round: 1 },
      { ...common, proposedPrice: 140, round: 2 },
      { ...common, proposedPrice: 120, round: 3 },
    ]);
    expect(offers).toEqual([{}, { counterPrice: 100 }, { counterPrice: 110 }]);
    expect(tasks).toEqual([undefined, 'task-1', 'task-1']);
  });
});

describe('there is no agreement, and the waiting task is canceled', () => {
  test.each<[string, Case, object]>([
    ['refused', { agent: [150], caller: ['refuse'] }, refused('NO_AGREEMENT', 'refused')],
    [
      'refused later',
      { agent: [150, 140], caller: [{ counter: 1 }, 'refuse'] },
      refused('NO_AGREEMENT'),
    ],
    [
      'an agent that never has enough',
      {
        agent: [150, 150, 150, 150, 150, 150],
        caller: [1, 2, 3, 4, 5].map((counter) => ({ counter })),
      },
      refused('NO_AGREEMENT', 'after 5 rounds'),
    ],
    ['above the ceiling', { agent: [201], caller: ['accept'] }, refused('LIMIT_EXCEEDED', '200')],
    [
      'a counter above it',
      { agent: [300], caller: [{ counter: 201 }] },
      refused('LIMIT_EXCEEDED', '201'),
    ],
    ...[1.5, -1, Number.NaN, Number.POSITIVE_INFINITY].map((counter): [string, Case, object] => [
      `a counter of ${counter}`,
      { agent: [150], caller: [{ counter }] },
      refused('INVALID_AMOUNT', 'the counter-offer of `negotiate`'),
    ]),
    [
      'the agent fails later',
      { agent: [150, new Error('gone')], caller: [{ counter: 1 }] },
      { error: new Error('gone') },
    ],
    [
      'the caller leaves meanwhile',
      { agent: [150], caller: ['accept'], signal: AbortSignal.abort(new Error('left')) },
      { error: new Error('left') },
    ],
  ])('%s', async (_, script, ended) => {
    const negotiated = await negotiate(script);
    expect(negotiated).toMatchObject({ ended, canceled: ['task-1'] });
  });

  test.each([1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 10_001])(
    'a proposal of %d, which nobody is asked about',
    async (price) => {
      expect(await negotiate({ agent: [price] })).toMatchObject({
        ended: refused('INVALID_AMOUNT', 'price must be a whole number'),
        requests: [],
        canceled: ['task-1'],
      });
    },
  );

  test('the caller leaves while somebody thinks about it', async () => {
    const abort = new AbortController();
    const { signal } = abort;
    const negotiated = await negotiate({ agent: [150], signal }, () => {
      abort.abort(new DOMException('late', 'TimeoutError'));
      return new Promise(() => {});
    });
    expect(negotiated).toMatchObject({ ended: { error: { name: 'TimeoutError' } } });
    expect(negotiated.canceled).toEqual(['task-1']);
  });

  test('an error of the callback is the caller’s', async () => {
    const error = new Error('no opinion');
    const callback = vi.fn<Negotiate>().mockRejectedValue(error);
    expect(await negotiate({ agent: [150] }, callback)).toMatchObject({
      ended: { error },
      canceled: ['task-1'],
    });
  });
});

test.each<[string, Script, readonly PriceDecision[]]>([
  ['at once', ['answer'], []],
  ['after a counter', [150, 'answer'], [{ counter: 100 }]],
])('an agent that answers without a price, %s', async (_, agent, caller) => {
  const { canceled, ended } = await negotiate({ agent, caller });
  expect(ended).toBeUndefined();
  expect(canceled).toEqual([]);
});

test('an agent that fails at once leaves nothing to cancel', async () => {
  const error = new Error('gone');
  expect(await negotiate({ agent: [error] })).toMatchObject({ ended: { error }, canceled: [] });
});
