import { describe, expect, test } from 'vitest';
import { SettlementError, type Hold, type Settled } from '../../src/rails/rail';
import { settleHold } from '../../src/settlement/hold/settle-hold';
import { judgeDelivery } from '../../src/settlement/verdict/judge-delivery';
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
});
