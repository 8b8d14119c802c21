import { AsyncLocalStorage } from 'node:async_hooks';
import { loadOnDemand } from '../load-on-demand';

/** One schedule's time, and the clock of the process that asks for it. */
interface Here {
  world: World;
  skewMs: number;
}

interface Timer {
  at: number;
  callback: () => void;
  everyMs: number | undefined;
}

class World {
  nowMs = realDate.UTC(2030, 0, 1);
  readonly timers = new Set<Timer>();
  private seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** From 0 to 1, the same for the same seed. */
  random = (): number => {
    // mulberry32
    this.seed = (this.seed + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  add(callback: () => void, ms: number, everyMs?: number): Timer {
    const at = this.nowMs + (ms > 0 ? ms : 0);
    const timer = { at, callback: AsyncLocalStorage.bind(callback), everyMs };
    this.timers.add(timer);
    return timer;
  }

  /** Goes on to what is due next. False when nothing is. */
  advance(): boolean {
    let next: Timer | undefined;
    for (const timer of this.timers) if (next === undefined || timer.at < next.at) next = timer;
    if (next === undefined) return false;
    this.nowMs = Math.max(this.nowMs, next.at);
    if (next.everyMs === undefined) this.timers.delete(next);
    else next.at += Math.max(next.everyMs, 1);
    next.callback();
    return true;
  }
}

const realDate = Date;
const realTimeout = setTimeout;
const realClear = clearTimeout;
const realImmediate = setImmediate;
const here = new AsyncLocalStorage<Here>();

const now = () => {
  const { skewMs, world } = here.getStore() ?? {};
  return world === undefined ? realDate.now() : world.nowMs + (skewMs ?? 0);
};

/** Set by a world's code. The names that Node's own timers have. */
class VirtualTimer {
  private readonly timer: Timer;
  private readonly world: World;

  constructor(world: World, timer: Timer) {
    this.world = world;
    this.timer = timer;
  }

  clear(): void {
    this.world.timers.delete(this.timer);
  }

  ref = () => this;
  unref = () => this;
  hasRef = () => true;
}

function patch(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

patch(
  globalThis,
  'Date',
  new Proxy(realDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  }),
);
const realMonotonic = performance.now.bind(performance);
// Without the skew of a process: it is monotonic.
patch(performance, 'now', () => here.getStore()?.world.nowMs ?? realMonotonic());
const realRandom = Math.random;
patch(Math, 'random', () => (here.getStore()?.world.random ?? realRandom)());
const realUuid = crypto.randomUUID.bind(crypto);
patch(crypto, 'randomUUID', () => {
  const world = here.getStore()?.world;
  if (world === undefined) return realUuid();
  const hex = () =>
    Math.floor(world.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  const text = hex() + hex() + hex() + hex();
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
});
const set = (repeats: boolean, real: typeof setTimeout) => {
  return (callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    const world = here.getStore()?.world;
    if (world === undefined) return real(callback, ms, ...args);
    const timer = world.add(() => callback(...args), ms, repeats ? ms : undefined);
    return new VirtualTimer(world, timer);
  };
};
const clear = (timer: unknown) =>
  timer instanceof VirtualTimer ? timer.clear() : realClear(timer as NodeJS.Timeout | undefined);
patch(globalThis, 'setTimeout', set(false, realTimeout));
patch(globalThis, 'setInterval', set(true, setInterval as typeof setTimeout));
patch(globalThis, 'clearTimeout', clear);
patch(globalThis, 'clearInterval', clear);
const realSignal = AbortSignal.timeout.bind(AbortSignal);
patch(AbortSignal, 'timeout', (ms: number) => {
  if (here.getStore() === undefined) return realSignal(ms);
  const abort = new AbortController();
  setTimeout(() => abort.abort(new DOMException('timed out', 'TimeoutError')), ms);
  return abort.signal;
});

/**
 * Runs a schedule in a time of its own, which goes on when nobody has anything to do: nothing waits
 * for real, and what is run again goes the same way.
 */
export async function inVirtualTime<T>(seed: number, run: () => Promise<T>): Promise<T> {
  await loadOnDemand();
  const world = new World(seed);
  const state = { isOver: false };
  const running = here.run({ world, skewMs: 0 }, run).finally(() => (state.isOver = true));
  // Awaited below; until then nobody is to take it for unhandled.
  running.catch(() => {});
  for (let idle = 0; !state.isOver;) {
    // All microtasks are done by then. Twice, for what Node's streams put off.
    await new Promise((resolve) => realImmediate(resolve));
    await new Promise((resolve) => realImmediate(resolve));
    if (state.isOver) break;
    idle = world.advance() ? 0 : idle + 1;
    if (idle > 500)
      throw new Error('Nothing goes on any more: somebody waits for what never comes.');
  }
  return running;
}

/** The true time: that of the exchange and of the agents. */
export const clock = {
  now: () => here.getStore()?.world.nowMs ?? realDate.now(),
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
};

/** Runs code of a process whose clock is wrong by so many milliseconds. */
export function withSkew<T>(skewMs: number, run: () => T): T {
  const { world } = here.getStore() ?? {};
  return world === undefined ? run() : here.run({ world, skewMs }, run);
}
