import { convertBase64ToUint8Array, convertUint8ArrayToBase64 } from '@ai-sdk/provider-utils';
import type { LanguageModelUsage, ModelMessage } from 'ai';
import * as z from 'zod/v4';
import { parseStored } from '../../internal/parse-stored';

/**
 * A storage for conversations: a store of `ai-sdk-a2a-settlement/stores`, or any `unstorage`. With
 * `setItemIfAbsent` and `removeItemIfEqual`, concurrent writes of several machines are safe.
 */
export interface ConversationStorage {
  getItem(key: string): Promise<unknown> | unknown;
  setItem(key: string, value: string): Promise<void> | void;
  removeItem(key: string): Promise<void> | void;
  setItemIfAbsent?(key: string, value: string, options?: { ttlMs?: number }): Promise<boolean>;
  removeItemIfEqual?(key: string, value: string): Promise<boolean>;
}

/** The earlier turns, and the index of the current one. */
export interface Conversation {
  messages: ModelMessage[];
  place: number;
}

/** A turn that waits for the approval of tools. */
export interface WaitingTurn {
  /** The messages of this turn only. */
  messages: ModelMessage[];
  /** The ids of the pending approvals. */
  approvals: string[];
  /** The usage of the turn so far. */
  usage?: LanguageModelUsage | undefined;
}

const messagesSchema = z.array(z.custom<ModelMessage>((value) => typeof value === 'object'));
const turnSchema = z.object({ taskId: z.string(), messages: messagesSchema });
const placeSchema = z.int().nonnegative();
const waitingSchema = z.object({
  messages: messagesSchema,
  approvals: z.array(z.string()),
  usage: z.custom<LanguageModelUsage>((value) => typeof value === 'object').optional(),
});

/** How long a turn is kept, in milliseconds, if the storage supports a time to live. */
const keptMs = 30 * 86_400_000;
/** The maximum number of JSON characters of earlier turns that a model receives. */
const mostCharacters = 16 * 1024 * 1024;

/**
 * The conversations of an agent, each with one user. Each turn is one record with question and answer, in the
 * order in which the turns ended, so that concurrent turns are neither lost nor mixed.
 */
export class ConversationStore {
  private readonly storage: ConversationStorage;
  private readonly maxTurns: number;
  /** The pending writes of this process by conversation, which run sequentially. */
  private readonly writing = new Map<string, Promise<void>>();

  constructor(storage: ConversationStorage, { maxTurns }: { maxTurns: number }) {
    this.storage = storage;
    this.maxTurns = maxTurns;
  }

  /** The most recent finished turns. */
  async read(user: string, contextId: string): Promise<Conversation> {
    const base = conversationKey(user, contextId);
    let place = placeSchema.safeParse(parse(await this.storage.getItem(`${base}:next`))).data ?? 0;
    // The stored number may be too low.
    while (isThere(await this.storage.getItem(`${base}:${place}`))) place++;
    const first = Math.max(0, place - this.maxTurns);
    const stored = await Promise.all(
      Array.from({ length: place - first }, (_, at) =>
        this.storage.getItem(`${base}:${first + at}`),
      ),
    );
    let left = mostCharacters;
    const turns = stored
      .toReversed()
      .map((value) => {
        left -= typeof value === 'string' ? value.length : 0;
        return left < 0 ? undefined : turnSchema.safeParse(parse(value)).data?.messages;
      })
      .toReversed();
    return { messages: turns.flatMap((turn) => turn ?? []), place };
  }

  /** Stores a finished turn at its index, or at the next free one. */
  async append(
    user: string,
    contextId: string,
    { messages, place, taskId }: { messages: ModelMessage[]; place: number; taskId: string },
  ): Promise<void> {
    const base = conversationKey(user, contextId);
    const value = JSON.stringify({ taskId, messages }, replace);
    const before = this.writing.get(base) ?? Promise.resolve();
    const write = before
      .catch(() => {})
      .then(async () => {
        let at = place;
        while (!(await this.put(`${base}:${at}`, value))) at++;
        await this.overwrite(`${base}:next`, JSON.stringify(at + 1));
      });
    this.writing.set(base, write);
    try {
      await write;
    } finally {
      if (this.writing.get(base) === write) this.writing.delete(base);
    }
  }

  async wait(user: string, taskId: string, turn: WaitingTurn): Promise<void> {
    await this.overwrite(waitingKey(user, taskId), JSON.stringify(turn, replace));
  }

  /** The waiting turn of a task. Of concurrent answers, only the first receives it. */
  async resume(user: string, taskId: string): Promise<WaitingTurn | undefined> {
    const key = waitingKey(user, taskId);
    const stored = await this.storage.getItem(key);
    const turn = waitingSchema.safeParse(parse(stored)).data;
    if (turn === undefined) return undefined;
    if (this.storage.removeItemIfEqual !== undefined && typeof stored === 'string') {
      return (await this.storage.removeItemIfEqual(key, stored)) ? turn : undefined;
    }
    await this.storage.removeItem(key);
    return turn;
  }

  /** Whether the key was free, or already contains this value. */
  private async put(key: string, value: string): Promise<boolean> {
    if (this.storage.setItemIfAbsent !== undefined) {
      if (await this.storage.setItemIfAbsent(key, value, { ttlMs: keptMs })) return true;
    } else if (!isThere(await this.storage.getItem(key))) {
      await this.storage.setItem(key, value);
    }
    // Another machine may have written it, or the response to our write was lost.
    const stored = await this.storage.getItem(key);
    return taskOf(parse(stored)) === taskOf(parse(value));
  }

  private async overwrite(key: string, value: string): Promise<void> {
    if (this.storage.setItemIfAbsent === undefined) {
      await this.storage.setItem(key, value);
    } else {
      await this.storage.removeItem(key);
      await this.storage.setItemIfAbsent(key, value, { ttlMs: keptMs });
    }
  }
}

function conversationKey(user: string, contextId: string): string {
  return `a2a-conversation:${encodeURIComponent(user)}:${encodeURIComponent(contextId)}`;
}

function waitingKey(user: string, taskId: string): string {
  return `a2a-waiting:${encodeURIComponent(user)}:${encodeURIComponent(taskId)}`;
}

function isThere(stored: unknown): boolean {
  return stored !== undefined && stored !== null;
}

function taskOf(value: unknown): string | undefined {
  return turnSchema.safeParse(value).data?.taskId;
}

/** JSON cannot represent bytes. */
function replace(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { $base64: convertUint8ArrayToBase64(value) } : value;
}

const bytesSchema = z.strictObject({ $base64: z.string() });

function revive(_: string, value: unknown): unknown {
  const bytes = bytesSchema.safeParse(value).data?.$base64;
  return bytes === undefined ? value : convertBase64ToUint8Array(bytes);
}

/** Bytes in values that a storage parsed itself are still base64. */
function parse(stored: unknown): unknown {
  const isParsed = typeof stored !== 'string' && isThere(stored);
  return parseStored(isParsed ? JSON.stringify(stored) : stored, revive);
}
