import type { DemoTurn } from './demo-turn';

/** What one of the sandbox's agents is and does. */
export interface DemoAgent {
  description: string;
  skill: { id: string; name: string; description: string; examples: string[] };
  /** Tokens for one request, without the fee. */
  price: number;
  /** Media types of the answer. Default: `['text/plain']`. */
  outputModes?: string[];
  /** Works until the turn has ended. Throws when the turn is canceled. */
  work: (turn: DemoTurn) => Promise<void>;
}
