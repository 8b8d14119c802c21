import { wrapLanguageModel } from 'ai';
import {
  createA2A,
  createSettlement,
  type SettlementEvent,
  type SettlementOptions,
} from 'ai-sdk-a2a-settlement';
import { nevermined, type NeverminedOptions } from 'ai-sdk-a2a-settlement/nevermined';
import { agentOfNevermined, agentUrl, backendUrl } from '../sandbox/nevermined/agent-of-nevermined';

type World = Parameters<typeof agentOfNevermined>[0];

/** An agent of Nevermined, and the model of a buyer who pays it. */
export async function aPaidModel(
  world: World = {},
  options: Partial<NeverminedOptions> = {},
  settlementOptions: Partial<SettlementOptions> = {},
) {
  const agent = await agentOfNevermined(world);
  const rail = nevermined({
    apiKey: agent.buyer.apiKey,
    backendUrl,
    fetch: agent.fetch,
    delegation: { spendingLimitCents: 1, durationSecs: 3600, currency: 'usdc' },
    ...options,
  });
  const settlement = createSettlement({
    rails: [rail],
    limits: { credits: { perCall: 50 } },
    ...settlementOptions,
  });
  const events: Array<[string, SettlementEvent]> = [];
  for (const name of [
    'released',
    'refunded',
    'taken',
    'overcharged',
    'unresolved',
    'unsettled',
  ] as const) {
    settlement.on(name, (event) => events.push([name, event]));
  }
  const provider = createA2A({ fetch: agent.fetch });
  const model = wrapLanguageModel({ model: provider(agentUrl), middleware: settlement.middleware });
  const names = () => events.map(([name]) => name);
  return { ...agent, rail, settlement, model, events, names };
}
