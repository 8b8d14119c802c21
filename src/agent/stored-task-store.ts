import { Task } from '@a2a-js/sdk';
import { InMemoryTaskStore, type ServerCallContext, type TaskStore } from '@a2a-js/sdk/server';
import { parseStored } from '../internal/parse-stored';

/** What tasks are kept in: any `unstorage`. */
export interface TaskStorage {
  getItem(key: string): Promise<unknown> | unknown;
  setItem(key: string, value: string): Promise<void> | void;
  /** The keys that begin with this. */
  getKeys(base: string): Promise<string[]> | string[];
}

/**
 * Keeps tasks in any `unstorage`, so that all machines of an agent know them. A task belongs to its
 * user, as `authenticate` names it. Tasks are kept for as long as the storage keeps them.
 *
 * @example
 * ```ts
 * const handler = createAgentHandler({ card, executor, taskStore: storedTaskStore(storage) });
 * ```
 */
export function storedTaskStore(storage: TaskStorage): TaskStore {
  const read = async (key: string): Promise<Task | undefined> => {
    const value = parseStored(await storage.getItem(key));
    return typeof value === 'object' && value !== null ? Task.fromJSON(value) : undefined;
  };

  return {
    load: (taskId, context) => read(baseOf(context) + encodeURIComponent(taskId)),

    async save(task, context) {
      const key = baseOf(context) + encodeURIComponent(task.id);
      await storage.setItem(key, JSON.stringify(Task.toJSON(task)));
    },

    async list(params, context) {
      const keys = await storage.getKeys(baseOf(context));
      const tasks = await Promise.all(keys.map(read));
      // It knows what is asked for, and in which order.
      const found = new InMemoryTaskStore();
      for (const task of tasks) if (task !== undefined) await found.save(task, context);
      return found.list(params, context);
    },
  };
}

/** No part of a key is empty: `unstorage` would drop it, and one user's keys would begin another's. */
function baseOf({ tenant = '', user }: ServerCallContext): string {
  return `a2a-task:t${encodeURIComponent(tenant)}:u${encodeURIComponent(user?.userName ?? '')}:`;
}
