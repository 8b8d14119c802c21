import type { Task } from '@a2a-js/sdk';
import {
  type AgentExecutor,
  type InMemoryTaskStore,
  ServerCallContext,
  type TaskStore,
  UnauthenticatedUser,
} from '@a2a-js/sdk/server';
import {
  createAgentCard,
  createAgentHandler,
  type PaidExecutor,
  paymentExtensions,
  requirePayment,
  type SaleRecord,
} from '../../../src/agent';
import type { AtomicStorage } from '../../../src/internal/atomic-storage';
import { clock } from '../clock';
import { Mortal, never } from '../mortal';
import type { Disk } from '../mortal-storage';
import type { Till } from './till';

const URL_OF_SHOP = 'http://shop.test/';

/** One of the machines that serve the agent. */
export class Machine extends Mortal {
  readonly paid: PaidExecutor;
  /** It died while it wrote. */
  isTorn = false;
  private readonly handle: (request: Request) => Promise<Response>;

  constructor({
    deliver,
    disk,
    executor,
    onSale,
    taskStore,
    till,
  }: {
    deliver: 'after-settle' | 'stream';
    disk: Disk;
    executor: AgentExecutor;
    onSale: (record: SaleRecord) => void;
    taskStore: InMemoryTaskStore;
    till: Till;
  }) {
    super();
    const store = this.mount(taskStore);
    const accepts = [till.acceptedBy(this)];
    this.paid = requirePayment(executor, {
      accepts,
      deliver,
      storage: this.slowly(disk.mountAtomic(this)),
      cancelPollMs: 20,
      onSale: (record) => {
        if (this.isAlive) onSale(record);
      },
    });
    const card = createAgentCard({
      url: URL_OF_SHOP,
      name: 'shop',
      description: '',
      skills: [],
      extensions: paymentExtensions(accepts, []),
    });
    this.handle = createAgentHandler({ card, executor: this.paid, taskStore: store });
  }

  /** Sends what the protocol calls `method`. Undefined: the machine died before it answered. */
  async call(method: string, params: object): Promise<string | undefined> {
    if (!this.isAlive) return undefined;
    const request = new Request(URL_OF_SHOP, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'a2a-version': '1.0',
        'a2a-extensions': 'urn:test:coins',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const answer = this.handle(request).then((response) => response.text());
    return Promise.race([answer, this.died.then(() => undefined)]);
  }

  override die(): void {
    this.isTorn = this.writing > 0;
    super.die();
  }

  /** What is read is old when it arrives. */
  private slowly(storage: AtomicStorage): AtomicStorage {
    return {
      ...storage,
      getItem: async (key) => {
        const item = await storage.getItem(key);
        await clock.sleep(Math.floor(Math.random() * 3));
        return this.isAlive ? item : never();
      },
    };
  }

  private mount(store: InMemoryTaskStore): TaskStore {
    // The SDK has one lock for all machines of this process: a dead one must let go of it.
    const reach = async <T>(use: () => Promise<T>): Promise<T> => {
      await clock.sleep(Math.floor(Math.random() * 3));
      if (!this.isAlive) throw new Error('This machine is dead.');
      return use();
    };
    return {
      load: (id, context) => reach(() => store.load(id, context)),
      save: (task, context) => reach(() => store.save(task, context)),
      list: (params, context) => reach(() => store.list(params, context)),
    };
  }
}

/** A task as the store has it in the end. */
export function storedTask(store: InMemoryTaskStore, id: string): Promise<Task | undefined> {
  return store.load(id, new ServerCallContext({ user: new UnauthenticatedUser() }));
}
