import type { JournalStorage } from '../../src/settlement/state/journal-storage';

export type StorageCall = 'get' | 'set' | 'remove' | 'list';

/** A storage in memory that remembers its changes, and can be told to fail, to be slow or to hang. */
export class RecordedStorage implements JournalStorage {
  readonly items = new Map<string, string>();
  /** `set` and `remove` as they were asked for, with the part of the key that tells entries apart. */
  readonly changes: string[] = [];
  /** All values that were ever to be written. */
  readonly written: string[] = [];
  /** Comes before each call: throws, waits, or never ends. */
  before: (call: StorageCall, key: string) => Promise<void> = async () => {};

  async getItem(key: string): Promise<unknown> {
    await this.before('get', key);
    return this.items.get(key) ?? null;
  }

  async setItem(key: string, value: string): Promise<void> {
    this.note('set', key);
    this.written.push(value);
    await this.before('set', key);
    this.items.set(key, value);
  }

  async removeItem(key: string): Promise<void> {
    this.note('remove', key);
    await this.before('remove', key);
    this.items.delete(key);
  }

  async getKeys(base = ''): Promise<string[]> {
    await this.before('list', base);
    return [...this.items.keys()].filter((key) => key.startsWith(base));
  }

  /** What is written of a task beside its holds is not looked at here. */
  private note(call: StorageCall, key: string): void {
    if (!/^a2a-(?:task|paid):/.test(key)) this.changes.push(`${call} ${shorten(key)}`);
  }

  /** What is stored, but for which hold has paid a task: that is known for a day. */
  left(): [key: string, value: string][] {
    return [...this.items].filter(([key]) => !key.startsWith('a2a-paid:'));
  }

  /** The stages of a hold that are stored. */
  stages(): string[] {
    return [...this.items.keys()].filter((key) => key.startsWith(journalPrefix)).map(shorten);
  }

  /** What is stored at this stage. */
  entry(stage: string): unknown {
    const key = [...this.items.keys()].find((each) => each.endsWith(`.${stage}`));
    return key === undefined ? undefined : JSON.parse(this.items.get(key) ?? '');
  }
}

export const journalPrefix = 'a2a-settlement:';

/** The stage of a journal entry, or the whole key of anything else. */
function shorten(key: string): string {
  return key.startsWith(journalPrefix) ? key.slice(key.lastIndexOf('.') + 1) : key;
}
