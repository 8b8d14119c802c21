import * as z from 'zod';
import { storage } from './storage';

const taskSchema = z.object({
  /** The agent's URL. */
  agent: z.string(),
  taskId: z.string(),
});
type BackgroundTask = z.infer<typeof taskSchema>;

/** Remembers a task whose agent works on after the response. Ids of tasks never come from a page. */
export async function rememberTask(user: string, message: string, task: BackgroundTask) {
  await storage.setItem(keyOf(user, message), JSON.stringify(task));
}

/** The task that this user's message began. */
export async function findTask(user: string, message: string): Promise<BackgroundTask | undefined> {
  const stored = await storage.getItem(keyOf(user, message));
  return typeof stored === 'string' ? taskSchema.parse(JSON.parse(stored)) : undefined;
}

function keyOf(user: string, message: string): string {
  return `task:${user}:${message}`;
}
