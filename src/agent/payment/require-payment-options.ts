import type { TaskStore } from '@a2a-js/sdk/server';
import * as z from 'zod/v4';
import type { AtomicStorage } from '../../internal/atomic-storage';
import { functionOf, having, number, oneOf, type ShapeOf } from '../../internal/option-schemas';
import { taskStoreSchema } from '../agent-handler-options';
import type { AcceptedPayment } from './accepted-payment';
import type { SaleRecord, SaleStore } from './sale-record';

export interface RequirePaymentOptions {
  /** The ways to pay, in order of preference; one for each rail. */
  accepts: readonly AcceptedPayment[];
  /**
   * Stores which payments were used, so that a payment pays once on all machines that share it. Default: this
   * process's memory.
   */
  storage?: AtomicStorage | undefined;
  /**
   * The task store of the agent's server. It is read during the work and before a capture: a task that was
   * canceled on another machine is stopped and not charged. `reconcile` writes the final state of tasks of
   * terminated processes. Needed unless the server is `createAgentHandler`, which reports cancels through
   * `storage`. Default: not read.
   */
  taskStore?: TaskStore | undefined;
  /** The interval in milliseconds at which cancels of other machines are checked. Default: 2000. */
  cancelPollMs?: number | undefined;
  /**
   * `after-settle`: output is sent after the payment is captured. `stream`: output is streamed, and is lost
   * to a client whose payment fails at the end. If the money is locked before the work, output is always
   * streamed. Default: `after-settle`.
   */
  deliver?: 'after-settle' | 'stream' | undefined;
  /** Stores the sale records. Default: none are stored. */
  sales?: SaleStore | undefined;
  /** Called with each sale record. */
  onSale?: ((record: SaleRecord) => void) | undefined;
  /**
   * Called with errors that do not fail the task: of the storage, the sale store and `onSale`, and the reason
   * why a payment could not be verified or requested, such as an unavailable exchange or an invalid key.
   * Default: errors are ignored.
   */
  onError?: ((error: unknown) => void) | undefined;
}

export function requirePaymentShape() {
  const accept = having<AcceptedPayment>(
    'a way to pay such as acceptExchange()',
    'read',
    'extensions',
  ).refine(
    ({ rail }) => typeof rail === 'string',
    'must be a way to pay such as acceptExchange(): it is missing rail',
  );
  return {
    accepts: z.array(accept, 'must be a list of ways to pay such as [acceptExchange()]'),
    storage: having<AtomicStorage>(
      'an atomic storage such as redisStorage({ client }) or memoryStorage()',
      'getItem',
      'setItem',
      'removeItem',
      'getKeys',
      'setItemIfAbsent',
      'removeItemIfEqual',
    ),
    taskStore: taskStoreSchema(),
    cancelPollMs: number('a number of milliseconds > 0', (value) => value > 0),
    deliver: oneOf('after-settle', 'stream'),
    sales: having<SaleStore>('a store of sales such as saleStore({ storage })', 'append', 'list'),
    onSale: functionOf<(record: SaleRecord) => void>(),
    onError: functionOf<(error: unknown) => void>(),
  } satisfies ShapeOf<RequirePaymentOptions>;
}
