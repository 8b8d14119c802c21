import { SettlementError, type Hold, type HoldRequest } from '../../rails/rail';
import { keepAlive } from '../../internal/keep-alive';
import type { CallWatch } from '../../internal/call-watch';
import { inSpan } from '../../internal/in-span';
import { receiptMetadata } from '../state/settlement-receipt';
import { ActiveHold } from '../hold/active-hold';
import { LostHoldError, obtainHold } from '../hold/obtain-hold';
import type { Arranging } from './arranging';

/**
 * Holds tokens. What may be held although the caller never got it (he aborted meanwhile, or the answer
 * was lost for good) is given back, beginning now. `watch` is told of a hold that was not made, and of one
 * that was undone, once that is known; of what may be held all the same, it is told nothing.
 *
 * @throws LostHoldError when it cannot be said whether anything is held.
 * @throws SettlementError when nothing is held.
 */
export async function makeHold(
  { context, lost, options }: Pick<Arranging, 'context' | 'lost' | 'options'>,
  {
    agent,
    labels,
    request,
    signal,
    watch,
  }: {
    agent: string;
    /** Of the call. */
    labels: Record<string, string> | undefined;
    request: HoldRequest;
    signal: AbortSignal | undefined;
    watch: CallWatch | undefined;
  },
): Promise<Hold> {
  const { backoff, live, rail } = context;
  const isAgents = rail.capabilities.capturedBy === 'agent';
  if (signal?.aborted === true) watch?.told({ status: 'unsettled' });
  signal?.throwIfAborted();
  const holding = hold();
  if (signal === undefined) return holding;
  return new Promise((resolve, reject) => {
    // An abort does not cut the request to the exchange, which may have held already.
    const onAbort = () => {
      reject(signal.reason);
      const undoing = holding.then(undoAborted, () => {});
      keepAlive(options.waitUntil, undoing);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    holding.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });

  async function hold(): Promise<Hold> {
    // On the ledger it may be before its answer is here, and must not be taken for an orphan then.
    live.add(request.taskId);
    try {
      return await inSpan(
        'settlement.hold',
        {
          'settlement.agent': agent,
          'settlement.rail': rail.name,
          'settlement.payee': request.payee,
          'settlement.amount': request.amount,
        },
        async () => {
          rail.assertConfigured();
          const ledger = { hold: rail.hold.bind(rail), ...lost.lookupsOf(rail) };
          return obtainHold(ledger, request, {
            attempts: 2,
            initialMs: Math.min(backoff.initialMs, 100),
          });
        },
        ({ escrowId, fee }) => ({ 'settlement.escrow_id': escrowId, 'settlement.fee': fee }),
      );
    } catch (error) {
      live.delete(request.taskId);
      // A credential that never came here is one that no agent can get.
      const isHarmless = isAgents && rail.find === undefined;
      const failure = error instanceof LostHoldError && isHarmless ? error.error : error;
      if (SettlementError.isInstance(failure)) watch?.told({ status: 'unsettled' });
      if (failure instanceof LostHoldError) {
        const undoing = lost.undo({ agent, labels, rail, request, error: failure.error });
        keepAlive(options.waitUntil, undoing);
      }
      throw failure;
    }
  }

  async function undoAborted(held: Hold): Promise<void> {
    const work = { startedAt: Date.now(), earlierMs: 0, labels };
    const payment = new ActiveHold(agent, { phase: 'open', hold: held }, context, work);
    payment.announce();
    await payment.end({ type: 'failed', reason: isAgents ? 'not-dispatched' : 'aborted' });
    live.delete(request.taskId);
    watch?.told(receiptMetadata(payment.receipt));
  }
}
