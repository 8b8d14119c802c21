import { clock } from './clock';

let count = 0;

/**
 * One process of a schedule. Its code cannot be stopped inside this one, so death means that nothing
 * it says is heard any more: its requests are not sent, their answers do not arrive, what it writes is lost.
 */
export class Mortal {
  private readonly death = Promise.withResolvers<void>();
  isAlive = true;
  diedAt = Infinity;
  /** For those who look for what went wrong. */
  readonly n = count++;
  /** How much it is writing. */
  writing = 0;
  /** Ends when the process dies. */
  readonly died = this.death.promise;
  /** Dies at so many requests from now, before the exchange gets the last one or after. */
  diesAt: { request: number; when: 'before' | 'after' } | undefined;

  /** Ends when it has nothing more to do, or dies. */
  rest(): Promise<void> {
    return Promise.resolve();
  }

  die(): void {
    this.isAlive = false;
    this.diedAt = clock.now();
    this.death.resolve();
  }
}

/** What a dead process waits for. */
export function never(): Promise<never> {
  return new Promise(() => {});
}
