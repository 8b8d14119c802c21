/** `Date` counts whole seconds, and servers refresh what they send once a second. */
const RESOLUTION_MS = 2000;

/** More than a day off is a mistake of somebody, and no clock to go by. */
const MOST_OFFSET_MS = 86_400_000;

/**
 * What is known of an exchange's clock, from the `Date` headers of its answers. The exchange decides
 * when a hold lapses, so its clock is what `expiresAt` is compared with.
 *
 * Each answer bounds the offset from this machine's clock: its `Date` lies between the start of the
 * request and its end. Bounds are narrowed by every further answer; one that contradicts them, because
 * a clock was set meanwhile, takes their place.
 */
export class ExchangeClock {
  private least = Number.NEGATIVE_INFINITY;
  private most = Number.POSITIVE_INFINITY;

  /** Whether any answer has told of it. */
  get isKnown(): boolean {
    return this.least > Number.NEGATIVE_INFINITY;
  }

  /** Milliseconds since 1970; this machine's own where nothing else is known. */
  now(): number {
    return Date.now() + this.offset();
  }

  /**
   * Learns from an answer. One without a usable `Date` (browsers hide it where the exchange does not
   * expose it), or from a cache, teaches nothing.
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
    // Clocks that may well agree are taken to agree.
    if (this.least <= 0 && this.most >= 0) return 0;
    return Math.round((this.least + this.most) / 2);
  }
}
