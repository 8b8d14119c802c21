import { wrapLanguageModel } from 'ai';
import {
  createSettlement,
  type SettlementEvent,
  type SettlementOptions,
  type SettlementRail,
} from '../../src/index';
import type { SettlementEventName } from '../../src/settlement/state/settlement-events';
import { eventNames } from './a-context';
import { asksFor, CapturingRail } from './capturing-rail';
import { RecordedStorage } from './recorded-storage';
import { ScriptedAgent, type Turn } from './scripted-agent';

/** An agent that can be asked not to wait any more. */
class PaidAgent extends ScriptedAgent {
  readonly canceled: string[] = [];

  async cancelTask(taskId: string): Promise<void> {
    this.canceled.push(taskId);
  }
}

/** The turn in which an agent asks for its payment. */
export const asking = (amount: string | number = '0.25', turn: Turn = {}): Turn => ({
  state: 'input-required',
  text: '',
  metadata: asksFor(amount),
  ...turn,
});

/** A settlement on a rail whose agent captures, and an agent that asks for 0.25 USDC. */
export function aPaidAgent({
  chain = new CapturingRail(),
  options = {},
  rails = [chain],
  storage = new RecordedStorage(),
  turns = [asking(), {}],
}: {
  chain?: CapturingRail;
  options?: SettlementOptions;
  rails?: SettlementRail[];
  storage?: RecordedStorage;
  turns?: Turn[];
} = {}) {
  const agent = new PaidAgent(...turns);
  const settlement = createSettlement({
    rails,
    limits: { USDC: { perCall: 0.5 } },
    retry: { attempts: 2, initialMs: 0.1 },
    ...options,
    journal: { storage, ...options.journal },
  });
  const told: [SettlementEventName, SettlementEvent][] = [];
  for (const name of eventNames) settlement.on(name, (event) => told.push([name, event]));
  const model = wrapLanguageModel({ model: agent, middleware: settlement.middleware });
  const names = () => told.map(([name]) => name);
  return { agent, chain, model, names, settlement, storage, told };
}
