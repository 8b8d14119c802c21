import type { JournalStorage } from '../../src/index';
import type { AtomicStorage } from '../../src/internal/atomic-storage';
import { clock } from './clock';
import { never, type Mortal } from './mortal';

/** A disk that several processes share. Writing takes its time, and is not done in one piece. */
export class Disk {
  private readonly stored = new Map<string, { value: string; expiresAt: number }>();
  private random: number;

  constructor(seed: number) {
    this.random = seed;
  }

  get items(): [key: string, value: string][] {
    return [...this.stored].flatMap(([key]) => {
      const value = this.read(key);
      return value === undefined ? [] : [[key, value]];
    });
  }

  /** As one process sees it. */
  mount(process: Mortal): JournalStorage {
    return {
      getItem: async (key) => (process.isAlive ? this.read(key) : never()),
      getKeys: async (base = '') =>
        process.isAlive
          ? this.items.flatMap(([key]) => (key.startsWith(base) ? [key] : []))
          : never(),
      setItem: async (key, value) => {
        if (!process.isAlive) return never();
        process.writing++;
        await this.latency();
        if (process.isAlive) {
          process.writing--;
          this.set(key, value);
          return;
        }
        // It died while it wrote: nothing, a part, or all of it is there.
        const written = Math.floor((value.length * (this.next() % 5)) / 4);
        if (this.next() % 2 === 0) this.set(key, value.slice(0, written));
        return never();
      },
      removeItem: async (key) => {
        if (!process.isAlive) return never();
        await this.latency();
        if (!process.isAlive) return never();
        this.stored.delete(key);
      },
    };
  }

  /** With the two operations that decide between processes. */
  mountAtomic(process: Mortal): AtomicStorage {
    const decide = async (decision: () => boolean): Promise<boolean> => {
      if (!process.isAlive) return never();
      await this.latency();
      if (!process.isAlive && this.next() % 2 === 0) return never();
      const is = decision();
      return process.isAlive ? is : never();
    };
    return {
      ...this.mount(process),
      setItemIfAbsent: (key, value, { ttlMs = Infinity } = {}) =>
        decide(() => {
          if (this.read(key) !== undefined) return false;
          this.set(key, value, ttlMs);
          return true;
        }),
      removeItemIfEqual: (key, value) =>
        decide(() => this.read(key) === value && this.stored.delete(key)),
    };
  }

  private read(key: string): string | undefined {
    const item = this.stored.get(key);
    if (item === undefined || item.expiresAt > clock.now()) return item?.value;
    this.stored.delete(key);
    return undefined;
  }

  private set(key: string, value: string, ttlMs = Infinity): void {
    this.stored.set(key, { value, expiresAt: clock.now() + ttlMs });
  }

  /** Mostly less than what the line takes, sometimes more. */
  private async latency(): Promise<void> {
    const ticks = this.next() % 8;
    if (ticks > 5) await clock.sleep(ticks === 6 ? 1 : 6);
    else for (let tick = 0; tick < ticks; tick++) await clock.sleep(0);
  }

  private next(): number {
    this.random = (this.random * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor(this.random / 2 ** 8);
  }
}
