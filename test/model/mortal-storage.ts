import type { JournalStorage } from '../../src/index';
import { never, type Mortal } from './mortal';

/** A disk that several processes share. Writing takes its time, and is not done in one piece. */
export class Disk {
  readonly items = new Map<string, string>();
  private random: number;

  constructor(seed: number) {
    this.random = seed;
  }

  /** As one process sees it. */
  mount(process: Mortal): JournalStorage {
    return {
      getItem: async (key) => (process.isAlive ? this.items.get(key) : never()),
      getKeys: async (base = '') =>
        process.isAlive ? [...this.items.keys()].filter((key) => key.startsWith(base)) : never(),
      setItem: async (key, value) => {
        if (!process.isAlive) return never();
        process.writing++;
        await this.latency();
        if (process.isAlive) {
          process.writing--;
          this.items.set(key, value);
          return;
        }
        // It died while it wrote: nothing, a part, or all of it is there.
        const written = Math.floor((value.length * (this.next() % 5)) / 4);
        if (this.next() % 2 === 0) this.items.set(key, value.slice(0, written));
        return never();
      },
      removeItem: async (key) => {
        if (!process.isAlive) return never();
        await this.latency();
        if (!process.isAlive) return never();
        this.items.delete(key);
      },
    };
  }

  private async latency(): Promise<void> {
    const ticks = this.next() % 8;
    if (ticks > 5) await new Promise((resolve) => setTimeout(resolve, ticks === 6 ? 1 : 6));
    else for (let tick = 0; tick < ticks; tick++) await new Promise(setImmediate);
  }

  private next(): number {
    this.random = (this.random * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor(this.random / 2 ** 8);
  }
}
