import type { DemoTurn } from './demo-turn';

/** The definition of a demo agent. */
export interface DemoAgent {
  description: string;
  skill: { id: string; name: string; description: string; examples: string[] };
  /** Tokens per request, excluding the fee. */
  price: number;
  /** Media types of the answer. Default: `['text/plain']`. */
  outputModes?: string[];
  /** Works until the turn has ended. Throws when the turn is canceled. */
  work: (turn: DemoTurn) => Promise<void>;
}
