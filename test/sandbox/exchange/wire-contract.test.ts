import { describe, expect, it } from 'vitest';
import { createExchange } from '../../../src/sandbox/exchange/create-exchange';
import recorded from '../../wire/exchange-scenarios.json' with { type: 'json' };
import { replayScenario, scenariosSchema } from '../../wire/replay-scenarios';

const scenarios = scenariosSchema.parse(recorded);

describe('the sandbox answers as the recorded exchange does', () => {
  const exchange = createExchange();

  it.each(scenarios.map((scenario) => ({ name: scenario.name, scenario })))(
    '$name',
    async ({ scenario }) => {
      expect(await replayScenario(exchange.fetch, scenario)).toEqual([]);
    },
  );

  it('notices an answer that differs', async () => {
    const [health] = scenarios;
    const answer = () => Promise.resolve(Response.json({ status: 'degraded' }, { status: 503 }));
    expect(health && (await replayScenario(answer, health))).toHaveLength(1);
  });
});
