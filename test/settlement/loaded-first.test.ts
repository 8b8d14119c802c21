import { describe, expect, test } from 'vitest';
import { aSettlement, priced } from './a-settlement';
import { promptAfter, ScriptedAgent } from './scripted-agent';

/** A ledger whose files are missing, as after a deployment. */
function unloadable() {
  const rail = priced();
  return Object.assign(rail, { load: () => Promise.reject(new Error('A file is missing.')) });
}

const continued = { prompt: promptAfter(), providerOptions: { a2a: { taskId: 'task-1' } } };

describe('what settles a task that continues is loaded before its agent is called', () => {
  test.each(['generate', 'stream'] as const)(
    'or nothing is held, and nothing sent: %s',
    async (mode) => {
      const { agent, model, rail } = aSettlement({
        agent: new ScriptedAgent(),
        rail: unloadable(),
      });
      const call = mode === 'generate' ? model.doGenerate(continued) : model.doStream(continued);
      await expect(call).rejects.toThrow('A file is missing.');
      expect(rail.asked).toEqual([]);
      expect(agent.calls).toEqual([]);
    },
  );
});
