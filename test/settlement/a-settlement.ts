import { wrapLanguageModel } from 'ai';
import { createSettlement, type SettlementEvent, type SettlementOptions } from '../../src/index';
import type { SettlementEventName } from '../../src/settlement/state/settlement-events';
import { eventNames } from './a-context';
import { FakeRail } from './fake-rail';
import { RecordedStorage } from './recorded-storage';
import { ScriptedAgent } from './scripted-agent';

/** A settlement on a fake rail, and an agent that costs 20. Give the same rail for another machine. */
export function aSettlement({
  agent = new ScriptedAgent(),
  options = {},
  rail = priced(),
  storage = new RecordedStorage(),
}: {
  agent?: ScriptedAgent;
  options?: SettlementOptions;
  rail?: FakeRail;
  storage?: RecordedStorage;
} = {}) {
  const settlement = createSettlement({
    rail,
    retry: { attempts: 3, initialMs: 0.1 },
    ...options,
    journal: { storage, ...options.journal },
  });
  const told: [SettlementEventName, SettlementEvent][] = [];
  for (const name of eventNames) settlement.on(name, (event) => told.push([name, event]));
  const model = wrapLanguageModel({ model: agent, middleware: settlement.middleware });
  return { agent, model, names: () => told.map(([name]) => name), rail, settlement, storage, told };
}

/** A ledger, and a card that names a price of 20. */
export function priced(): FakeRail {
  const rail = new FakeRail();
  rail.cardTerms = { payee: 'payee', amount: 20, required: false };
  return rail;
}
