/** Milliseconds an agent has to say how a task stands. */
const timeoutMs = 5000;

/** What the agent says of its task's state. Undefined when it cannot be asked, or does not know. */
export async function askTaskState(model: unknown, taskId: string): Promise<string | undefined> {
  if (!hasTaskState(model)) return undefined;
  try {
    return await model.taskState(taskId, { abortSignal: AbortSignal.timeout(timeoutMs) });
  } catch {
    return undefined;
  }
}

interface WithTaskState {
  taskState(taskId: string, options: { abortSignal: AbortSignal }): Promise<string | undefined>;
}

function hasTaskState(model: unknown): model is WithTaskState {
  return (
    typeof model === 'object' &&
    model !== null &&
    'taskState' in model &&
    typeof model.taskState === 'function'
  );
}
