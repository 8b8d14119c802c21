import type { SettlementRecord } from '../../settlement/state/settlement-record';
import { spend } from '../../settlement/state/spend';
import type { SpendView } from './dashboard-view';
import { type HoldStory, isEnd } from '../../wallet/hold-story';
import type { ViewQuery } from './view-query';

/** Adds up records of holds, by day, agent and label. */
export async function spendOf(
  records: SettlementRecord[],
  stories: HoldStory[],
  { isByAgent, query }: { isByAgent: boolean; query: ViewQuery },
): Promise<SpendView> {
  const latest = latestOf(records);
  const labels = labelsOf(stories);
  const label = labels.find((name) => name === query.by) ?? labels[0];
  return {
    totals: await spend(latest),
    byDay: await spend(latest, { by: ['day'] }),
    byAgent: await spend(latest, { by: ['agent'] }),
    byLabel: label === undefined ? [] : await spend(latest, { by: [`label:${label}`] }),
    label,
    labels,
    isByAgent,
  };
}

/** One record for each hold: the one that counts. It saves half of the time to add up. */
function latestOf(records: SettlementRecord[]): SettlementRecord[] {
  const latest = new Map<string, SettlementRecord>();
  for (const record of records) {
    const known = latest.get(record.hold);
    const isFinal = known !== undefined && isEnd(known);
    if (record.event !== 'overcharged' && !isFinal) latest.set(record.hold, record);
  }
  return [...latest.values()];
}

/** The names of labels, first the one with the fewest values: an id of each call groups nothing. */
function labelsOf(stories: HoldStory[]): string[] {
  const values = new Map<string, Set<string>>();
  for (const { labels } of stories) {
    for (const [name, value] of Object.entries(labels)) {
      values.set(name, (values.get(name) ?? new Set()).add(value));
    }
  }
  return [...values]
    .sort(([one, ofOne], [other, ofOther]) => ofOne.size - ofOther.size || (one < other ? -1 : 1))
    .map(([name]) => name);
}
