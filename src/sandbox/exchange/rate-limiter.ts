/** Sent as 429 `{ "error": message }`, without a `Retry-After`. */
export class RateLimited extends Error {
  constructor(perMinute: number) {
    super(`Rate limit exceeded: ${perMinute} per 1 minute`);
    this.name = 'RateLimited';
  }
}

const WINDOW_MS = 60_000;

/** Counts requests by path in windows of a minute that start with a path's first request. */
export class RateLimiter {
  private readonly perMinute: number;
  private readonly now: () => Date;
  private readonly windows = new Map<string, { count: number; endsAt: number }>();

  constructor({ perMinute, now }: { perMinute: number; now: () => Date }) {
    this.perMinute = perMinute;
    this.now = now;
  }

  /** @throws {RateLimited} */
  hit(path: string): void {
    const now = this.now().getTime();
    this.dropEnded(now);
    const window = this.windows.get(path) ?? { count: 0, endsAt: now + WINDOW_MS };
    window.count += 1;
    this.windows.set(path, window);
    if (window.count > this.perMinute) throw new RateLimited(this.perMinute);
  }

  // All windows are equally long, so the first ones to end come first.
  private dropEnded(now: number): void {
    for (const [path, { endsAt }] of this.windows) {
      if (endsAt > now) return;
      this.windows.delete(path);
    }
  }
}
