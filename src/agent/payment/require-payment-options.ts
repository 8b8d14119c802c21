import type { TaskStore } from '@a2a-js/sdk/server';
import * as z from 'zod/v4';
import type { AtomicStorage } from '../../internal/atomic-storage';
import { functionOf, having, number, oneOf, type ShapeOf } from '../../internal/option-schemas';
import { taskStoreSchema } from '../agent-handler-options';
import type { AcceptedPayment } from './accepted-payment';
import type { SaleRecord, SaleStore } from './sale-record';

export interface RequirePaymentOptions {
  /** The ways in which the agent is paid, the preferred one first; one for each rail. */
  accepts: readonly AcceptedPayment[];
  /**
   * Remembers what was paid for, so that a payment pays once, on all machines that share it. Default:
   * this process's memory.
   */
  storage?: AtomicStorage | undefined;
  /**
   * The store that the agent's server has. It is read while the agent works, and before a payment is taken: a
   * task that was canceled on another machine is stopped and not charged. `reconcile` writes there how the
   * tasks of machines that died ended. Needed where the server is not
   * `createAgentHandler`, which tells of cancels through `storage`. Default: not read.
   */
  taskStore?: TaskStore | undefined;
  /** How often is looked for cancels of other machines, in milliseconds. Default: 2000. */
  cancelPollMs?: number | undefined;
  /**
   * `after-settle`: what an agent makes is shown when it is paid for. `stream`: as it goes on, and a caller
   * whose payment fails in the end has seen it all. Where the money is locked before the work, all is shown
   * as it goes on. Default: `after-settle`.
   */
  deliver?: 'after-settle' | 'stream' | undefined;
  /** The books: what becomes of each payment is written there. Default: nothing is written. */
  sales?: SaleStore | undefined;
  /** Is told what becomes of each payment. */
  onSale?: ((record: SaleRecord) => void) | undefined;
  /**
   * Is told what failed beside the work: of the storage, the books, and `onSale`, and why a payment could not
   * be verified or asked for, such as an exchange that is away or refuses the agent's key. Default: nobody.
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
    'must be a way to pay such as acceptExchange(): it has no rail',
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
    cancelPollMs: number('a number of milliseconds above 0', (value) => value > 0),
    deliver: oneOf('after-settle', 'stream'),
    sales: having<SaleStore>('a store of sales such as saleStore({ storage })', 'append', 'list'),
    onSale: functionOf<(record: SaleRecord) => void>(),
    onError: functionOf<(error: unknown) => void>(),
  } satisfies ShapeOf<RequirePaymentOptions>;
}
