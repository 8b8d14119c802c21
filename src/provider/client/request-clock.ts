import type { A2ATimeout } from './a2a-error';
import { startTimer, timeoutError, type A2ATimeouts } from './a2a-timeouts';
import { linkedAbort } from '../../internal/linked-abort';
import type { A2AOperation } from './write-request';

/**
 * The timeouts of one request. A timeout aborts `signal`, with the error to report as its reason.
 *
 * The idle timeout runs only while bytes are awaited, not while the reader is busy.
 */
export class RequestClock {
  readonly signal: AbortSignal;
  private readonly timers: Partial<Record<A2ATimeout, { stop: () => void }>> = {};
  private readonly abort: (timeout: A2ATimeout) => void;
  private readonly unlink: () => void;
  private readonly idleMs: number | undefined;
  /** Milliseconds, monotonic. */
  private awaitedSince: number | undefined;
  private isWatched = false;

  constructor({
    asks,
    timeouts,
    signal,
    ...context
  }: {
    asks: A2AOperation['type'];
    timeouts: A2ATimeouts;
    /** The caller's signal. */
    signal: AbortSignal | undefined;
    agent: string;
    url: string;
  }) {
    const { abort, unlink } = linkedAbort(signal);
    this.signal = abort.signal;
    this.unlink = unlink;
    this.idleMs = timeouts.idleMs;
    this.abort = (timeout) => abort.abort(timeoutError(timeout, timeouts[timeout], context));
    // The request may be abandoned without a call that stops the timers.
    this.signal.addEventListener('abort', () => this.stop(), { once: true });
    if (asks !== 'send') this.start('connectMs', timeouts.connectMs);
    if (asks === 'send' || asks === 'stream' || asks === 'subscribe')
      this.start('firstEventMs', timeouts.firstEventMs);
  }

  /** The response headers have arrived. */
  connected(): void {
    this.timers.connectMs?.stop();
  }

  /** An event has arrived, or the whole response. */
  spoken(): void {
    this.timers.firstEventMs?.stop();
  }

  /** Bytes are awaited, until `received`. */
  waiting(): void {
    this.awaitedSince = performance.now();
    if (!this.isWatched) this.watch(this.idleMs);
  }

  received(): void {
    this.awaitedSince = undefined;
  }

  stop(): void {
    for (const timer of Object.values(this.timers)) timer.stop();
    this.unlink();
  }

  /**
   * One timer for many reads: to set and clear one for each read costs a tenth of what an event costs. It
   * ends by itself if nobody waits, because a reader that leaves stops none.
   */
  private watch(ms: number | undefined): void {
    this.isWatched = true;
    this.timers.idleMs = startTimer(ms, () => {
      this.isWatched = false;
      if (this.awaitedSince === undefined) return;
      const left = (this.idleMs ?? 0) - (performance.now() - this.awaitedSince);
      // Timers have whole milliseconds.
      if (left >= 1) this.watch(left);
      else this.abort('idleMs');
    });
  }

  private start(timeout: A2ATimeout, ms: number | undefined): void {
    this.timers[timeout] = startTimer(ms, () => this.abort(timeout));
  }
}
