import { Task } from '@a2a-js/sdk';
import { InMemoryTaskStore, type ServerCallContext, type TaskStore } from '@a2a-js/sdk/server';
import { parseStored } from '../internal/parse-stored';

/** A storage for tasks: any `unstorage` instance. */
export interface TaskStorage {
  getItem(key: string): Promise<unknown> | unknown;
  setItem(key: string, value: string): Promise<void> | void;
  /** Returns the keys that start with `base`. */
  getKeys(base: string): Promise<string[]> | string[];
}

/**
 * Stores tasks in any `unstorage` instance, shared by all machines of an agent. A task belongs to the user
 * that `authenticate` returned. Tasks are kept as long as the storage keeps them.
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
      // The SDK's store implements filtering and sorting.
      const found = new InMemoryTaskStore();
      for (const task of tasks) if (task !== undefined) await found.save(task, context);
      return found.list(params, context);
    },
  };
}

/** No part of a key is empty: `unstorage` would drop it, and keys of different users could overlap. */
function baseOf({ tenant = '', user }: ServerCallContext): string {
  return `a2a-task:t${encodeURIComponent(tenant)}:u${encodeURIComponent(user?.userName ?? '')}:`;
}
