import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SettlementError, type AgentAnswer } from '../../src/rails/rail';
import { aPaidAgent, asking } from './a-paid-agent';
import { CapturingRail } from './capturing-rail';
import { RecordedStorage } from './recorded-storage';
import { promptAfter, settlementOf, type Turn } from './scripted-agent';

const prompt = promptAfter();
const minute = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-01T00:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A rail that says what stands against an offer, as x402 does of assets that nobody knows. */
class PickyRail extends CapturingRail {
  override challenge(answer: AgentAnswer) {
    if (Reflect.get(answer.metadata ?? {}, 'pay.in') === 'SHAM') {
      throw new SettlementError({
        code: 'NOT_CONFIGURED',
        message: 'What SHAM is worth is not known.',
        isDispatched: false,
      });
    }
    return super.challenge(answer);
  }
}

const sham: Turn = {
  state: 'input-required',
  text: '',
  metadata: { 'pay.amount': '0.25', 'pay.to': 'seller', 'pay.in': 'SHAM' },
};

/** Waits for the end, whichever it is. */
async function quietly(call: PromiseLike<unknown>): Promise<void> {
  try {
    await call;
  } catch {
    // What becomes of the money is looked at.
  }
}

async function whole(stream: ReadableStream<unknown>): Promise<unknown[]> {
  const parts: unknown[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

const reconcile = ({ agent, settlement }: ReturnType<typeof aPaidAgent>) =>
  settlement.reconcile({ graceMs: 0, provider: { languageModel: () => agent } });

const priced = (rail: CapturingRail, amount = '0.4') => {
  rail.cardTerms = { payee: 'seller', amount, currency: rail.currency, required: false };
  return rail;
};

const sum = (rail: CapturingRail) =>
  [...rail.captures.values()].reduce<number>((total, amount) => total + Number(amount), 0);

describe('limits', () => {
  test('perCall holds for the two payments of one call together', async () => {
    const chain = priced(new CapturingRail());
    const turns: Turn[] = [
      { ...asking('0.4'), work: () => chain.capture() },
      { work: () => chain.capture() },
    ];
    const paid = aPaidAgent({ chain, turns });
    await quietly(paid.model.doGenerate({ prompt }));
    // limits.USDC.perCall is 0.5.
    expect(sum(chain)).toBeLessThanOrEqual(0.5);
  });

  test('perWindow holds for two processes that make ten calls each at once', async () => {
    const chain = new CapturingRail();
    const storage = new RecordedStorage();
    const limits = { USDC: { perCall: 0.25, perWindow: { amount: '1', minutes: 60 } } };
    const processes = [1, 2].map(() => {
      // Ten that ask, then ten that deliver: the first messages all go out first.
      const turns = [
        ...Array.from({ length: 10 }, () => asking()),
        ...Array.from({ length: 10 }, (): Turn => ({})),
      ];
      return aPaidAgent({ chain, storage, turns, options: { limits } });
    });
    await Promise.all(
      processes.flatMap(({ model }) =>
        Array.from({ length: 10 }, () => quietly(model.doGenerate({ prompt }))),
      ),
    );
    expect(chain.signed.length).toBeGreaterThan(0);
    expect(chain.signed.length).toBeLessThanOrEqual(4);
  });

  test('perWindow counts what is still pending, however long ago it was signed', async () => {
    const chain = new CapturingRail();
    chain.lifetimeMs = 24 * 60 * minute;
    const limits = { USDC: { perCall: 0.5, perWindow: { amount: '0.5', minutes: 1 } } };
    const turns = [asking('0.5'), { taskId: 't1' }, asking('0.5'), { taskId: 't2' }];
    const paid = aPaidAgent({ chain, turns, options: { limits } });
    await paid.model.doGenerate({ prompt });
    chain.captures.clear();
    vi.setSystemTime(Date.now() + 20 * minute);
    await quietly(paid.model.doGenerate({ prompt }));
    // All that was signed may be taken at one moment.
    expect(chain.signed.map(({ amount }) => amount)).toEqual(['0.5']);
  });

  test('what reconcile finds taken counts from when it was taken', async () => {
    const chain = new CapturingRail();
    chain.lifetimeMs = 24 * 60 * minute;
    const limits = { USDC: { perCall: 0.5, perWindow: { amount: '0.5', minutes: 60 } } };
    const turns = [asking('0.5'), {}, asking('0.5'), {}];
    const paid = aPaidAgent({ chain, turns, options: { limits } });
    await paid.model.doGenerate({ prompt });
    vi.setSystemTime(Date.now() + 80 * minute);
    chain.capture();
    expect((await reconcile(paid)).settled).toMatchObject([{ receipt: { status: 'released' } }]);
    await quietly(paid.model.doGenerate({ prompt }));
    expect(chain.signed.map(({ amount }) => amount)).toEqual(['0.5']);
  });
});

describe('an offer that a rail refuses with an error', () => {
  test.each([false, true])(
    'does not leave what was paid on another rail unsettled (stream: %s)',
    async (isStream) => {
      const first = priced(new CapturingRail('first'));
      const picky = new PickyRail('picky');
      picky.cardTerms = undefined;
      const turns = [{ ...sham, work: () => first.capture() }];
      const paid = aPaidAgent({ chain: first, rails: [first, picky], turns });
      if (isStream) {
        await quietly(paid.model.doStream({ prompt }).then(({ stream }) => whole(stream)));
      } else await quietly(paid.model.doGenerate({ prompt }));
      expect(paid.names()).toContain('taken');
    },
  );

  test.each([false, true])(
    'does not leave its own payment unsettled (stream: %s)',
    async (isStream) => {
      const chain = new PickyRail();
      const turns = [asking(), { ...sham, work: () => chain.capture() }];
      const paid = aPaidAgent({ chain, turns });
      if (isStream) {
        await quietly(paid.model.doStream({ prompt }).then(({ stream }) => whole(stream)));
      } else await quietly(paid.model.doGenerate({ prompt }));
      expect(paid.names()).toContain('taken');
    },
  );

  test('lets the task that waits be canceled', async () => {
    const paid = aPaidAgent({ chain: new PickyRail(), turns: [sham] });
    await quietly(paid.model.doGenerate({ prompt }));
    expect(paid.agent.canceled).toEqual(['task-1']);
  });

  test('does not keep the next rail from paying what it can', async () => {
    const picky = new PickyRail('picky');
    class ShamRail extends CapturingRail {}
    const next = new ShamRail('next', { code: 'SHAM', decimals: 6 });
    const limits = { USDC: { perCall: 0.5 }, SHAM: { perCall: 0.5 } };
    const paid = aPaidAgent({
      chain: next,
      rails: [picky, next],
      turns: [sham, {}],
      options: { limits },
    });
    await quietly(paid.model.doGenerate({ prompt }));
    expect(next.signed).toHaveLength(1);
  });
});

describe('reconcile', () => {
  test('does not say of a payment that was sent, and taken, that its agent never saw it', async () => {
    const chain = new CapturingRail();
    const question: Turn = { state: 'input-required', work: () => chain.capture() };
    const turns = [asking(), question, asking(), { work: () => chain.capture() }];
    const paid = aPaidAgent({ chain, turns });
    await paid.model.doGenerate({ prompt });
    // Its signature ends in 20 seconds: too soon to go on under it. The agent asks again, and is paid.
    vi.setSystemTime(Date.now() + 40_000);
    expect(settlementOf(await paid.model.doGenerate({ prompt }))).toMatchObject({
      status: 'released',
    });
    expect(sum(chain)).toBe(0.5);
    paid.agent.tasks.set('task-1', { state: 'completed' });
    const { settled } = await reconcile(paid);
    expect(settled.map(({ receipt }) => receipt?.status)).not.toContain('refunded');
  });

  test('run by two processes at once counts a payment once', async () => {
    const chain = new CapturingRail();
    const storage = new RecordedStorage();
    const limits = { USDC: { perCall: 0.5, perWindow: { amount: '0.75', minutes: 60 } } };
    const one = aPaidAgent({ chain, storage, options: { limits } });
    const two = aPaidAgent({ chain, storage, options: { limits }, turns: [asking('0.5'), {}] });
    await one.model.doGenerate({ prompt });
    chain.capture();
    await Promise.all([reconcile(one), reconcile(two)]);
    await two.model.doGenerate({ prompt });
    expect(chain.signed).toHaveLength(2);
  });

  test('while the call is alive elsewhere leaves its payment to it', async () => {
    const chain = new CapturingRail();
    const storage = new RecordedStorage();
    const options = { journal: { writeAhead: true } };
    const other = aPaidAgent({ chain, storage, options });
    const turns = [
      asking(),
      {
        async work() {
          chain.capture();
          other.agent.tasks.set('task-1', { state: 'working' });
          vi.setSystemTime(Date.now() + 0.5 * minute);
          await reconcile(other);
        },
      },
    ];
    const one = aPaidAgent({ chain, storage, options, turns });
    expect(settlementOf(await one.model.doGenerate({ prompt }))).toMatchObject({
      status: 'released',
      captured: '0.25',
    });
    expect(storage.stages()).toEqual([]);
  });
});

describe('receipts', () => {
  test('name all that one call cost', async () => {
    const chain = priced(new CapturingRail(), '0.2');
    const turns: Turn[] = [
      { ...asking('0.25'), work: () => chain.capture() },
      { work: () => chain.capture() },
    ];
    const paid = aPaidAgent({ chain, turns });
    const receipt = settlementOf(await paid.model.doGenerate({ prompt }));
    expect(JSON.stringify(receipt)).toContain('0.2"');
  });

  test('of a call that goes on unpaid say what its first message cost', async () => {
    const chain = priced(new CapturingRail(), '0.2');
    const turns: Turn[] = [
      {
        ...asking('0.25'),
        work() {
          chain.capture();
          chain.isConfigured = true;
          chain.failures.push(
            new SettlementError({
              code: 'NOT_CONFIGURED',
              message: 'no signer',
              isDispatched: false,
            }),
          );
        },
      },
    ];
    const paid = aPaidAgent({ chain, turns, options: { onHoldFailure: 'proceed' } });
    const receipt = settlementOf(await paid.model.doGenerate({ prompt }));
    expect(receipt).not.toMatchObject({ status: 'unsettled' });
  });
});

describe('a hold that pays one message', () => {
  test.each(['a message', 'a message on its task', 'a look'])(
    'is not gone on under with %s more than it pays',
    async (how) => {
      const chain = priced(new CapturingRail(), '0.25');
      chain.pays = 'message';
      const turns: Turn[] = [
        { state: 'working', work: () => chain.capture() },
        { work: () => chain.capture() },
      ];
      const paid = aPaidAgent({ chain, turns });
      const returnImmediately = { a2a: { returnImmediately: true } };
      const first = await paid.model.doGenerate({ prompt, providerOptions: returnImmediately });
      expect(settlementOf(first)).toMatchObject({ status: 'kept' });
      const resume = { a2a: { resume: { taskId: 'task-1' } } };
      await paid.model.doGenerate({
        prompt: promptAfter(first),
        ...(how === 'a look' && { providerOptions: resume }),
        ...(how === 'a message on its task' && { providerOptions: { a2a: { taskId: 'task-1' } } }),
      });
      expect(chain.signed).toHaveLength(how === 'a look' ? 1 : 2);
    },
  );
});

test('a payment of the card that was made as its caller left is taken back unsent', async () => {
  const left = new AbortController();
  class LeavingRail extends CapturingRail {
    override async hold(request: Parameters<CapturingRail['hold']>[0]) {
      const hold = await super.hold(request);
      left.abort(new Error('left'));
      return hold;
    }
  }
  const paid = aPaidAgent({ chain: priced(new LeavingRail(), '0.25'), turns: [{}] });
  await quietly(paid.model.doGenerate({ prompt, abortSignal: left.signal }));
  expect(paid.agent.calls).toEqual([]);
  expect(paid.chain.asked).toEqual(['refund chain-1 not-dispatched']);
});

describe('who leaves', () => {
  const moments = ['first', 'approve', 'sign', 'signed', 'second'] as const;

  test.each(moments)('at “%s” has every signature accounted for', async (moment) => {
    const left = new AbortController();
    const leave = (at: string) => () => {
      if (at === moment) left.abort(new Error('left'));
    };
    class SlowRail extends CapturingRail {
      override async hold(request: Parameters<CapturingRail['hold']>[0]) {
        leave('sign')();
        await new Promise((resolve) => setImmediate(resolve));
        const hold = await super.hold(request);
        leave('signed')();
        return hold;
      }
    }
    const chain = new SlowRail();
    const paid = aPaidAgent({
      chain,
      turns: [
        { ...asking(), work: leave('first') },
        {
          work() {
            chain.capture();
            leave('second')();
          },
        },
      ],
      options: {
        approve: () => {
          leave('approve')();
          return true;
        },
        limits: { USDC: { perCall: 0.5, perWindow: { amount: '0.5', minutes: 60 } } },
      },
    });
    await quietly(paid.model.doGenerate({ prompt, abortSignal: left.signal }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const sent = paid.agent.calls.length > 1;
    const ends = paid.names().filter((name) => name !== 'held');
    if (chain.signed.length === 0) expect(ends).toEqual([]);
    else expect(ends).toEqual([sent ? 'released' : 'refunded']);
  });
});
