import { TaskState } from '@a2a-js/sdk';
import type {
  AgentExecutor,
  ExecutionEventBus,
  RequestContext,
  TaskStore,
} from '@a2a-js/sdk/server';
import type { JSONObject } from '@ai-sdk/provider';
import { inSpan, type SpanAttributes } from '../../internal/in-span';
import type { Sale } from './accepted-payment';
import type { SaleStep } from './advance-sale';
import type { OpenSale, SaleEnd } from './open-sale';
import { failOverHttp, type Refusal } from './payment-challenge';
import { refundSale, type SaleDesk } from './refund-sale';
import { sayOf } from './task-events';

export interface TurnDesk extends SaleDesk {
  cancelPollMs: number;
  deliver: 'after-settle' | 'stream';
  executor: AgentExecutor;
  /** Whether a cancel of the task was requested in this process. */
  isCanceling: (taskId: string) => boolean;
  taskStore: TaskStore | undefined;
}

/**
 * The task, storage and sale store of one turn. Errors that do not fail the task are passed to `onError`, and
 * the turn continues: `reconcile` resolves what remains.
 */
export class SaleTurn {
  readonly request: RequestContext;
  readonly bus: ExecutionEventBus;
  readonly desk: TurnDesk;

  constructor(request: RequestContext, bus: ExecutionEventBus, desk: TurnDesk) {
    this.request = request;
    this.bus = bus;
    this.desk = desk;
  }

  get taskId(): string {
    return this.request.taskId;
  }

  tell({ state, ...said }: Refusal): void {
    this.bus.publish(sayOf(this.request, state, said));
  }

  tellCanceled(metadata?: JSONObject): void {
    this.tell({ state: TaskState.TASK_STATE_CANCELED, metadata });
  }

  async fail(refusal: Refusal): Promise<void> {
    await this.quietly(() => failOverHttp(this.desk.accepts, this.request, refusal));
    this.tell(refusal);
  }

  put(sale: OpenSale | undefined): Promise<void> {
    return this.quietly(() => this.desk.records.put(this.taskId, sale));
  }

  async note(sale: OpenSale, { note }: Pick<SaleStep, 'note'>): Promise<void> {
    if (note === undefined) return;
    await this.desk.book.note({ ...sale, taskId: this.taskId }, note.fact, note.facts);
  }

  /** Refunds the payment, and returns the rail's metadata. */
  async refund(open: OpenSale, verified: Sale): Promise<JSONObject | undefined> {
    const { desk, taskId } = this;
    await this.quietly(() => desk.records.end(taskId, 'canceled'));
    try {
      return (await refundSale(taskId, open, verified, desk)).metadata;
    } catch (error) {
      desk.book.tell(error);
      return undefined;
    }
  }

  /** Decides how the task ends, once for all machines. If the decision is unknown, nothing is captured. */
  async decideEnd(): Promise<SaleEnd | 'unknown'> {
    const known = await this.isCanceled();
    if (known !== false) return known === true ? 'canceled' : 'unknown';
    try {
      return await this.desk.records.end(this.taskId, 'settling');
    } catch (error) {
      this.desk.book.tell(error);
      return 'unknown';
    }
  }

  async isCanceled(): Promise<boolean | 'unknown'> {
    const { desk, request, taskId } = this;
    if (desk.isCanceling(taskId)) return true;
    try {
      if ((await desk.records.ended(taskId)) === 'canceled') return true;
      const stored = await desk.taskStore?.load(taskId, request.context);
      return stored?.status?.state === TaskState.TASK_STATE_CANCELED;
    } catch (error) {
      desk.book.tell(error);
      return 'unknown';
    }
  }

  inSpan<T>(
    name: string,
    { rail, sale }: OpenSale,
    operation: () => Promise<T>,
    describe: (result: T) => SpanAttributes,
  ): Promise<T> {
    const about = { 'sale.rail': rail, 'sale.task_id': this.taskId, 'sale.id': sale };
    return inSpan(name, about, operation, describe);
  }

  async quietly(write: () => Promise<unknown>): Promise<void> {
    await write().catch((error: unknown) => this.desk.book.tell(error));
  }
}
