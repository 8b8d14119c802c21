import type { ModelMessage } from 'ai';
import { z } from 'zod/v4';

/** What conversations are kept in: any `unstorage`, or a store of `ai-sdk-a2a-settlement/stores`. */
export interface TalkStorage {
  getItem(key: string): Promise<unknown> | unknown;
  setItem(key: string, value: string): Promise<void> | void;
}

const talkSchema = z.object({
  messages: z.array(z.custom<ModelMessage>((value) => typeof value === 'object')),
  /** The tools that wait to be approved. */
  waiting: z.array(z.string()),
});

export type Talk = z.output<typeof talkSchema>;

/** The conversations of an agent, each of one caller. */
export class TalkStore {
  private readonly storage: TalkStorage;

  constructor(storage: TalkStorage) {
    this.storage = storage;
  }

  async read(user: string, contextId: string): Promise<Talk> {
    const stored = await this.storage.getItem(keyOf(user, contextId));
    const value: unknown = typeof stored === 'string' ? JSON.parse(stored, revive) : stored;
    return talkSchema.safeParse(value).data ?? { messages: [], waiting: [] };
  }

  async write(user: string, contextId: string, talk: Talk): Promise<void> {
    await this.storage.setItem(keyOf(user, contextId), JSON.stringify(talk, replace));
  }
}

function keyOf(user: string, contextId: string): string {
  return `a2a-talk:${encodeURIComponent(user)}:${encodeURIComponent(contextId)}`;
}

/** JSON has no bytes. */
function replace(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { $bytes: [...value] } : value;
}

const bytesSchema = z.strictObject({ $bytes: z.array(z.int().min(0).max(255)) });

function revive(_: string, value: unknown): unknown {
  const bytes = bytesSchema.safeParse(value).data?.$bytes;
  return bytes === undefined ? value : Uint8Array.from(bytes);
}
