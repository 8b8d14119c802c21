import { convertBase64ToUint8Array, convertUint8ArrayToBase64 } from '@ai-sdk/provider-utils';
import type { LanguageModelUsage, ModelMessage } from 'ai';
import * as z from 'zod/v4';
import { parseStored } from '../../internal/parse-stored';

/**
 * What conversations are kept in: a store of `ai-sdk-a2a-settlement/stores`, or any `unstorage`. One with
 * `setItemIfAbsent` and `removeItemIfEqual` decides between machines.
 */
export interface ConversationStorage {
  getItem(key: string): Promise<unknown> | unknown;
  setItem(key: string, value: string): Promise<void> | void;
  removeItem(key: string): Promise<void> | void;
  setItemIfAbsent?(key: string, value: string, options?: { ttlMs?: number }): Promise<boolean>;
  removeItemIfEqual?(key: string, value: string): Promise<boolean>;
}

/** What was said before, and where the turn that comes now has its place. */
export interface Conversation {
  messages: ModelMessage[];
  place: number;
}

/** A turn that waits for its caller to approve tools. */
export interface WaitingTurn {
  /** Of this turn alone. */
  messages: ModelMessage[];
  /** The ids of what is to be approved. */
  approvals: string[];
  /** What the turn took so far. */
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

/** Milliseconds for which a turn is kept, where the storage can let go of it. */
const keptMs = 30 * 86_400_000;
/** Characters of JSON that are given to a model again, at most. */
const mostCharacters = 16 * 1024 * 1024;

/**
 * The conversations of an agent, each of one caller. Each turn is a record of its own, the question with
 * its answer, in the order in which they ended: turns at the same time neither lose nor mix up anything.
 */
export class ConversationStore {
  private readonly storage: ConversationStorage;
  private readonly maxTurns: number;
  /** What this process writes to a conversation, one after the other. */
  private readonly writing = new Map<string, Promise<void>>();

  constructor(storage: ConversationStorage, { maxTurns }: { maxTurns: number }) {
    this.storage = storage;
    this.maxTurns = maxTurns;
  }

  /** The last turns that have ended. */
  async read(user: string, contextId: string): Promise<Conversation> {
    const base = conversationKey(user, contextId);
    let place = placeSchema.safeParse(parse(await this.storage.getItem(`${base}:next`))).data ?? 0;
    // The number may lag behind.
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

  /** Puts a turn that has ended at its place, or at the next one that is free. */
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

  /** The turn of a task that waits: of several answers at the same time, the first one gets it. */
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

  /** Whether the key was free, or holds this already. */
  private async put(key: string, value: string): Promise<boolean> {
    if (this.storage.setItemIfAbsent !== undefined) {
      if (await this.storage.setItemIfAbsent(key, value, { ttlMs: keptMs })) return true;
    } else if (!isThere(await this.storage.getItem(key))) {
      await this.storage.setItem(key, value);
    }
    // Another machine may have been quicker, or an answer was lost.
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

/** JSON has no bytes. */
function replace(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { $base64: convertUint8ArrayToBase64(value) } : value;
}

const bytesSchema = z.strictObject({ $base64: z.string() });

function revive(_: string, value: unknown): unknown {
  const bytes = bytesSchema.safeParse(value).data?.$base64;
  return bytes === undefined ? value : convertBase64ToUint8Array(bytes);
}

/** The bytes of what a storage has parsed by itself are still base64. */
function parse(stored: unknown): unknown {
  const isParsed = typeof stored !== 'string' && isThere(stored);
  return parseStored(isParsed ? JSON.stringify(stored) : stored, revive);
}
