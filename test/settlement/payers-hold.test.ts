import { describe, expect, test } from 'vitest';
import { SettlementError, type Hold, type Settled } from '../../src/rails/rail';
import { ActiveHold } from '../../src/settlement/hold/active-hold';
import { KeptHolds } from '../../src/settlement/hold/kept-holds';
import { settleHold } from '../../src/settlement/hold/settle-hold';
import { judgeDelivery } from '../../src/settlement/outcome/judge-delivery';
import { aContext } from './a-context';
import { aGeneration } from './a-generation';
import { CapturingRail } from './capturing-rail';

/** A rail whose agent captures, except for what its payer does. */
class MixedRail extends CapturingRail {
  constructor(readonly by: 'payer' | 'agent') {
    super();
  }

  capabilitiesOf() {
    return { capturedBy: this.by, partialRelease: this.by === 'payer' };
  }
}

async function held(by: 'payer' | 'agent') {
  const rail = new MixedRail(by);
  const hold = await rail.hold({
    taskId: 't',
    payee: 'seller',
    amount: '0.25',
    currency: { code: 'USDC', decimals: 6 },
    ttlMinutes: 5,
  });
  return { rail, hold };
}

describe('a hold that is the payer’s, of a rail whose agent captures', () => {
  test('was released by the payer, and not taken by the agent, where the ledger has it so', async () => {
    const refundOf = async (by: 'payer' | 'agent') => {
      const { rail, hold } = await held(by);
      const settled: Settled = { status: 'released', amount: '0.25', fee: '0' };
      Object.assign(rail, {
        refund: () =>
          Promise.reject(new SettlementError({ code: 'UNEXPECTED_ANSWER', message: 'half' })),
        look: async (one: Hold) => ({
          hold: one,
          isOurs: true,
          state: { type: 'settled' as const, settled },
        }),
      });
      const refund = { type: 'refund', reason: 'task-failed' } as const;
      return settleHold(rail, hold, refund, { attempts: 1, initialMs: 0.1 });
    };
    await expect(refundOf('payer')).rejects.toMatchObject({ code: 'ALREADY_SETTLED' });
    expect(await refundOf('agent')).toMatchObject({ status: 'taken' });
  });

  test('is metered, in its own currency', async () => {
    const judged = async (by: 'payer' | 'agent', worth: number | string) => {
      const { rail, hold } = await held(by);
      return judgeDelivery(
        { type: 'delivered' },
        {
          elapsedMs: 1,
          // Reports count tokens.
          generation: aGeneration({ metadata: { creditsUsed: 3 } }),
          hold,
          metering: undefined,
          now: Date.now(),
          onError: () => {},
          options: { meter: () => worth },
          rail,
        },
      );
    };
    expect(await judged('payer', '0.12')).toEqual({ type: 'delivered', amount: '0.12' });
    expect(await judged('payer', 0.1 + 0.02)).toEqual({ type: 'delivered', amount: '0.12' });
    expect(await judged('payer', 'much')).toEqual({ type: 'delivered' });
    expect(await judged('agent', '0.12')).toEqual({ type: 'delivered' });
  });

  test('pays no other turn of its task once it was released', async () => {
    const taken = async (by: 'payer' | 'agent', isReleased: boolean) => {
      const { rail, hold } = await held(by);
      const { context } = aContext();
      const own = { ...context, rail, rails: [rail] };
      const kept = new KeptHolds(own);
      const state = { phase: 'kept', hold, taskId: 'task' } as const;
      kept.giveBack(new ActiveHold('seller', state, own));
      if (isReleased) rail.capture();
      const found = await kept.take({
        agent: 'seller',
        taskId: 'task',
        contextId: undefined,
        subject: undefined,
        payeeOn: () => undefined,
        prompt: [],
        mayWork: false,
        isResumed: false,
      });
      return found !== undefined;
    };
    expect(await taken('payer', false)).toBe(true);
    expect(await taken('payer', true)).toBe(false);
    // What the agent took as it began is what it works on for.
    expect(await taken('agent', true)).toBe(true);
  });
});
