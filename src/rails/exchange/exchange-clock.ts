/** `Date` has a resolution of a second, and servers update it once per second. */
const RESOLUTION_MS = 2000;

/** An offset of more than a day is an error, and is ignored. */
const MOST_OFFSET_MS = 86_400_000;

/**
 * An estimate of an exchange's clock, from the `Date` headers of its responses. The exchange decides when a
 * hold expires, so `expiresAt` is compared with its clock.
 *
 * Each response limits the offset from this machine's clock: its `Date` lies between the start of the request
 * and its end. Each further response narrows these bounds; one that contradicts them, because a clock was
 * changed meanwhile, replaces them.
 */
export class ExchangeClock {
  private least = Number.NEGATIVE_INFINITY;
  private most = Number.POSITIVE_INFINITY;

  /** Whether any response contained a usable time. */
  get isKnown(): boolean {
    return this.least > Number.NEGATIVE_INFINITY;
  }

  /** Milliseconds since 1970; this machine's time if the exchange's is not known. */
  now(): number {
    return Date.now() + this.offset();
  }

  /**
   * Reads the time of a response. Responses from a cache, or without a usable `Date` (browsers hide it unless
   * the exchange exposes it), are ignored.
   */
  observe(headers: Headers, { startedAt, endedAt }: { startedAt: number; endedAt: number }): void {
    const date = Date.parse(headers.get('date') ?? '');
    const least = date - endedAt;
    const most = date + RESOLUTION_MS - startedAt;
    const isUsable = least <= most && least <= MOST_OFFSET_MS && most >= -MOST_OFFSET_MS;
    if (!isUsable || headers.has('age')) return;
    const isAgreed = least <= this.most && most >= this.least;
    this.least = isAgreed ? Math.max(least, this.least) : least;
    this.most = isAgreed ? Math.min(most, this.most) : most;
  }

  private offset(): number {
    // If the bounds include zero, the clocks count as equal.
    if (this.least <= 0 && this.most >= 0) return 0;
    return Math.round((this.least + this.most) / 2);
  }
}
