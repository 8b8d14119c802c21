import type { BalanceReport } from '../../settlement/recovery/list-balances';
import type { SettlementRecord } from '../../settlement/state/settlement-record';
import { because } from './because';
import { sumsOf, underWayOf, unresolvedOf } from './current-holds';
import type { DashboardSource, Hint } from './dashboard-source';
import type { DashboardView } from './dashboard-view';
import { type HoldStory, tellStories } from '../../wallet/hold-story';
import { showRail } from '../../wallet/show-agent';
import { spendOf } from './spend-view';
import { startOf, type ViewQuery } from './view-query';

/** At most this many records are read. */
const mostRecords = 100_000;
/** At most this many holds of a list of current holds are shown. */
const mostCurrent = 50;

/** Reads all that the page shows. `problems` has what could not be read. */
export async function readView(
  source: DashboardSource,
  query: ViewQuery,
  now = Date.now(),
): Promise<Omit<DashboardView, 'reconcile'>> {
  const problems: string[] = [];
  const attempt = async <T>(what: string, read: (() => Promise<T>) | undefined) => {
    try {
      return await read?.();
    } catch (error) {
      problems.push(`${what} could not be read${because(error)}`);
      return undefined;
    }
  };

  // The records are read after the ledgers, so that no hold is missing in both.
  const [balance, report, lost = []] = await Promise.all([
    attempt('The balance', source.balance),
    attempt('The holds under way', source.holds),
    attempt('The journal', source.lost),
  ]);
  const from = startOf(query, now);
  const all =
    (await attempt(source.hasReceipts ? 'The store of receipts' : 'The escrows', () =>
      readRecords(source.records(from), problems),
    )) ?? [];
  const told = tellStories(all, now);
  const names = await readNames(source, [...told, ...(report?.holds ?? [])]);
  const stories = told.map((story) => ({ ...story, name: nameOf(story, names) }));
  const failed = [...(balance?.failed ?? []), ...(report?.failed ?? [])].map(
    ({ error, rail }) => `${rail}: ${error.message}`,
  );
  const unresolved = unresolvedOf(stories, lost);
  const current =
    report === undefined
      ? undefined
      : underWayOf(report.holds, stories, new Set(lost.map(({ taskId }) => taskId)));
  const wanted = stories.filter((story) => isWanted(story, query));
  const ids = new Set(wanted.map(({ id }) => id));

  return {
    at: new Date(now).toISOString(),
    source: source.name,
    from: from.toISOString(),
    query,
    balances: balance?.balances.map(({ account, available, currency, held, rail }) => ({
      rail,
      account,
      currency,
      available: String(available),
      held: held === undefined ? undefined : String(held),
    })),
    underWay: current && {
      holds: current.slice(0, mostCurrent),
      total: current.length,
      sums: sumsOf(current),
    },
    unresolved: { holds: unresolved.slice(0, mostCurrent), total: unresolved.length },
    spend: await spendOf(
      all.filter(({ hold }) => ids.has(hold)),
      wanted,
      {
        query,
        isByAgent: source.hasReceipts,
      },
    ),
    timeline: timelineOf(wanted, query),
    names: Object.fromEntries(names),
    hints: [...source.hints, ...hintForRails(stories, balance)],
    problems: [...new Set([...failed, ...problems])],
  };
}

interface Paid {
  agent?: string | undefined;
  payee: string;
}

/** A name never stands for an agent whose URL is known. */
async function readNames(
  { names }: DashboardSource,
  holds: Paid[],
): Promise<ReadonlyMap<string, string>> {
  const accounts = holds.filter(isAccount).map(({ payee }) => payee);
  return (await names?.(accounts)) ?? new Map();
}

function nameOf(hold: Paid, names: ReadonlyMap<string, string>): string | undefined {
  return isAccount(hold) ? names.get(hold.payee) : undefined;
}

function isAccount({ agent, payee }: Paid): boolean {
  return agent === undefined || agent === payee;
}

async function readRecords(
  records: AsyncIterable<SettlementRecord>,
  problems: string[],
): Promise<SettlementRecord[]> {
  const read: SettlementRecord[] = [];
  for await (const record of records) {
    if (read.length === mostRecords) {
      problems.push(
        `There are more than ${mostRecords} records: the latest holds are missing. Choose fewer days.`,
      );
      break;
    }
    read.push(record);
  }
  return read;
}

function isWanted({ agent = '', labels }: HoldStory, query: ViewQuery): boolean {
  const { label } = query;
  return (
    (query.agent === undefined || query.agent === agent) &&
    (label === undefined || label.value === (labels[label.name] ?? ''))
  );
}

/** A settlement asks only its own rails. */
function hintForRails(stories: HoldStory[], balance: BalanceReport | undefined): Hint[] {
  if (balance === undefined) return [];
  const asked = new Set([...balance.balances, ...balance.failed].map(({ rail }) => rail));
  const others = new Set(stories.map(({ rail }) => rail).filter((rail) => !asked.has(rail)));
  if (others.size === 0) return [];
  const names = [...others].map(showRail).join(', ');
  return [
    {
      missing: `Balances on ${names}`,
      how: 'Export a `settlement` with these rails from `--config FILE`.',
    },
  ];
}

function timelineOf(all: HoldStory[], { find, most, show }: ViewQuery): DashboardView['timeline'] {
  const stories = find === undefined ? all : all.filter((story) => contains(story, find));
  const counts = { open: 0, paid: 0, returned: 0, disputed: 0, unresolved: 0 };
  for (const { outcome } of stories) counts[outcome] += 1;
  const shown = stories.filter(({ outcome }) => show === undefined || show === outcome);
  return { stories: shown.slice(0, most), total: shown.length, counts };
}

function contains(story: HoldStory, text: string): boolean {
  const { agent = '', escrowId, labels, name = '', payee, steps, taskId } = story;
  const transactions = steps.flatMap(({ proof }) => proof.map(({ transaction }) => transaction));
  return [agent, name, escrowId, payee, taskId, ...Object.values(labels), ...transactions].some(
    (each) => each.toLowerCase().includes(text.toLowerCase()),
  );
}
