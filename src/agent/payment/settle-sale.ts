import { setPaymentResponse } from '../payment-headers';
import { advanceSale } from './advance-sale';
import { eventsFromJson } from './hold-back';
import { unsettledOf } from './payment-challenge';
import { readUse } from './read-use';
import type { SaleTurn } from './sale-turn';
import { type TaskUpdate, withMetadata } from './task-events';
import type { VerifiedSale } from './verify-sale';

/**
 * Captures the payment for finished work, then publishes the output. `events`: the withheld events, the final
 * one last.
 */
export async function settleSale(
  turn: SaleTurn,
  { open, verified }: VerifiedSale,
  events: TaskUpdate[],
  whenPaid: () => Promise<void>,
): Promise<void> {
  const { bus, desk, request, taskId } = turn;
  const last = events.at(-1);
  const used = last && readUse(last);

  const worked = advanceSale(open, { type: 'worked', used });
  const { sale = open } = worked;
  if (sale !== open) await turn.put(sale);
  await turn.note(sale, worked);

  const outcome = await turn.inSpan(
    'sale.settle',
    open,
    () => verified.settle({ used }),
    ({ status }) => ({ 'sale.status': status }),
  );
  const settled = advanceSale(sale, { type: 'settled', outcome });
  await turn.note(sale, settled);
  if (settled.note?.fact === 'unsettled') {
    await turn.fail(unsettledOf(outcome));
    return turn.put(undefined);
  }

  setPaymentResponse(request.context, outcome.metadata);
  for (const event of [...eventsFromJson(open.artifacts), ...events]) {
    bus.publish(event === last ? withMetadata(event, outcome.metadata) : event);
  }
  await turn.quietly(whenPaid);
  if (settled.sale !== undefined) return;
  const { owed } = outcome;
  const { begunAt, rail } = sale;
  const { currency } = verified;
  try {
    if (owed !== undefined) {
      await desk.records.owe({ sale: sale.sale, rail, begunAt, taskId, currency, owed });
    }
  } catch (error) {
    return desk.book.tell(error);
  }
  await turn.put(undefined);
}
