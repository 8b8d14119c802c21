import { type Artifact, type Part, type Task, TaskState } from '@a2a-js/sdk';
import type { ServerCallContext, TaskStore } from '@a2a-js/sdk/server';
import { isOver } from './task-states';

/** The maximum time in milliseconds for which artifact chunks may be only in this process's memory. */
const writeMs = 1000;
/** An artifact with more parts has its adjacent texts joined. */
const maxParts = 32;

/** A task that currently receives artifact chunks. */
interface LiveTask {
  /** The request whose events are being read. */
  context: ServerCallContext;
  task: Task;
  /** The time of the last read or write, in milliseconds. */
  since: number;
  isWritten: boolean;
  /** Triggers the next write. Set only if there are unwritten changes. */
  timer?: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Buffers artifact chunks in front of a store. For each chunk, the SDK loads and saves the whole task, which
 * copies all content each time. Here chunks are written together, after at most a second. A task is written
 * immediately if its state changes, or if another request reads it.
 *
 * A final state is never overwritten: another machine may have ended the task.
 */
export function liveTaskStore(store: TaskStore): TaskStore {
  const live = new Map<string, LiveTask>();
  const underWay = new Map<string, Promise<unknown>>();

  /** Serializes the operations of one task. */
  function inTurn<RESULT>(key: string, act: () => Promise<RESULT>): Promise<RESULT> {
    const turn = (underWay.get(key) ?? Promise.resolve()).then(act, act);
    underWay.set(key, turn);
    const end = () => {
      if (underWay.get(key) === turn) underWay.delete(key);
    };
    turn.then(end, end);
    return turn;
  }

  /** Writes pending changes and drops the task from memory: the next event reads the store again. */
  async function close(key: string): Promise<void> {
    const entry = live.get(key);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    live.delete(key);
    if (!entry.isWritten) await write(entry.task, entry.context);
  }

  async function write(task: Task, context: ServerCallContext): Promise<void> {
    const stored = await store.load(task.id, context);
    if (stored !== undefined && isOver(stored.status?.state) && !isSameState(stored, task)) {
      // Updates the object that the SDK holds.
      Object.assign(task, stored);
    } else {
      await store.save(task, context);
    }
  }

  function open(key: string, task: Task, context: ServerCallContext): void {
    const since = Date.now();
    // Removes tasks that never reached a final state.
    for (const [known, entry] of live) {
      if (!entry.isWritten || since - entry.since <= writeMs) break;
      live.delete(known);
    }
    live.set(key, { context, task, since, isWritten: true });
  }

  function writeLater(key: string, entry: LiveTask): void {
    entry.isWritten = false;
    entry.timer ??= setTimeout(() => {
      void inTurn(key, async () => {
        if (live.get(key) !== entry) return;
        await close(key).catch(() => {
          // The store is unavailable: the next write tries again, or the end of the task fails with this
          // error.
          live.set(key, entry);
          entry.timer = undefined;
          writeLater(key, entry);
        });
      });
    }, writeMs);
  }

  return {
    async load(taskId, context) {
      const key = keyOf(taskId, context);
      const entry = live.get(key);
      const isFresh = entry?.isWritten === false || Date.now() - (entry?.since ?? 0) <= writeMs;
      if (entry?.context === context && isFresh) return { ...entry.task };
      return inTurn(key, async () => {
        await close(key);
        return store.load(taskId, context);
      });
    },

    async save(task, context) {
      const key = keyOf(task.id, context);
      const entry = live.get(key);
      if (entry?.context === context && isSameState(entry.task, task)) {
        task.artifacts.forEach(joinTexts);
        entry.task = { ...task };
        writeLater(key, entry);
        return;
      }
      await inTurn(key, async () => {
        // The events of this request contain everything that was not written.
        if (live.get(key)?.context === context) forget(key);
        await close(key);
        await write(task, context);
        if (working.has(task.status?.state)) open(key, structuredClone(task), context);
      });
    },

    async list(params, context) {
      await Promise.all([...live.keys()].map((key) => inTurn(key, () => close(key))));
      return store.list(params, context);
    },
  };

  function forget(key: string): void {
    clearTimeout(live.get(key)?.timer);
    live.delete(key);
  }
}

function keyOf(taskId: string, { tenant, user }: ServerCallContext): string {
  return JSON.stringify([tenant ?? '', user?.userName ?? '', taskId]);
}

function isSameState(before: Task, after: Task): boolean {
  return before.status?.state === after.status?.state;
}

const working = new Set<TaskState | undefined>([
  TaskState.TASK_STATE_SUBMITTED,
  TaskState.TASK_STATE_WORKING,
]);

/** Joins the trailing texts of an artifact with many parts. */
function joinTexts(artifact: Artifact): void {
  const { parts } = artifact;
  const last = parts.at(-1);
  if (parts.length <= maxParts || last === undefined) return;
  let from = parts.length - 1;
  while (isText(parts[from - 1], last) && isText(parts[from], last)) from--;
  if (from === parts.length - 1) return;
  const texts = parts.slice(from).map(({ content }) => content?.$case === 'text' && content.value);
  const content = { $case: 'text' as const, value: texts.join('') };
  artifact.parts = [...parts.slice(0, from), { ...last, content }];
}

/** Whether a part contains only text, of the same media type. */
function isText(part: Part | undefined, { mediaType }: Part): boolean {
  return (
    part?.content?.$case === 'text' &&
    part.mediaType === mediaType &&
    part.filename === '' &&
    Object.keys(part.metadata ?? {}).length === 0
  );
}
