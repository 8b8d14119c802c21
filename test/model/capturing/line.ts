import { clock } from '../clock';
import { never, type Mortal } from '../mortal';

/** What goes wrong with one question to a ledger, or one request to a backend. */
export type LineFault = 'none' | 'request lost' | 'answer lost' | 'slow' | 'too slow' | 'rubbish';

export const lineFaults: LineFault[] = [
  'none',
  'request lost',
  'answer lost',
  'slow',
  'too slow',
  'rubbish',
];

/** The way to the ledgers, which fails as told: each question takes the next fault. */
export class Line {
  faults: LineFault[] = [];
  isDown = false;
  /** The chain's nodes are behind by so much. */
  lagMs = 0;

  /** Asks for a process that may die at it. */
  async ask<T>(process: Mortal, answer: () => T | Promise<T>, rubbish: () => T): Promise<T> {
    if (!process.isAlive) return never();
    const fatal = nextIsFatal(process);
    if (fatal === 'before') process.die();
    if (!process.isAlive) return never();
    const fault = this.isDown ? 'request lost' : (this.faults.shift() ?? 'none');
    if (fault === 'request lost') throw new TypeError('fetch failed');
    if (fault === 'slow') await clock.sleep(1000);
    // Longer than anybody waits.
    if (fault === 'too slow') await clock.sleep(120_000);
    const said = await answer();
    if (fatal === 'after') process.die();
    if (!process.isAlive) return never();
    if (fault === 'answer lost') throw new TypeError('terminated');
    return fault === 'rubbish' ? rubbish() : said;
  }
}

function nextIsFatal(process: Mortal): 'before' | 'after' | undefined {
  if (process.diesAt === undefined || process.diesAt.request-- > 0) return undefined;
  return process.diesAt.when;
}
