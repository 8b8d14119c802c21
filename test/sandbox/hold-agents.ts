import { vi } from 'vitest';
import { DemoTurn } from '../../src/sandbox/agents/demo-turn';

const gates = new Map<string, { pauses: number; opened: Promise<void> }>();
const { pause } = DemoTurn.prototype;

/**
 * Stops the demo agents of this process while they answer a message of this text, after so many of
 * their pauses, until the returned function is called or their task is canceled. What a test does
 * meanwhile may take as long as it likes.
 */
export function holdAgents(question: string, pauses: number): () => void {
  const { promise: opened, resolve } = Promise.withResolvers<void>();
  gates.set(question, { pauses, opened });
  vi.spyOn(DemoTurn.prototype, 'pause').mockImplementation(async function (
    this: DemoTurn,
    delays?: number,
  ) {
    const gate = gates.get(this.question);
    if (gate !== undefined && gate.pauses-- <= 0) {
      await Promise.race([gate.opened, aborted(this['signal'])]);
    }
    await pause.call(this, delays);
  });
  return () => {
    gates.delete(question);
    resolve();
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}
