import type { HoldOutcome } from '../../wallet/hold-story';

/** What the page shows, as its URL says. */
export interface ViewQuery {
  /** Whole days in UTC, today included. */
  days: number;
  /** Only holds of this agent. An empty string: of an unknown one. */
  agent?: string | undefined;
  /** Only holds with this label. An empty value: without it. */
  label?: { name: string; value: string } | undefined;
  /** The label whose values are compared. */
  by?: string | undefined;
  /** Only these holds in the timeline. */
  show?: HoldOutcome | undefined;
  /** Only holds in the timeline of which an id, a transaction, the agent or a label contains this. */
  find?: string | undefined;
  /** How many holds the timeline has at most. */
  most: number;
}

export const ranges = [1, 7, 30, 90];
/** In the order in which the page lists them. */
export const outcomes: HoldOutcome[] = ['open', 'paid', 'returned', 'disputed', 'unresolved'];
const defaults = { days: 7, most: 100 };
/** The timeline lists at most this many holds. */
export const mostListed = 1000;

/** Invalid values count as absent. */
export function readQuery(params: URLSearchParams): ViewQuery {
  const most = Number(params.get('most') ?? defaults.most);
  const name = params.get('label');
  return {
    days: ranges.find((days) => String(days) === params.get('days')) ?? defaults.days,
    agent: params.get('agent') ?? undefined,
    label: name === null ? undefined : { name, value: params.get('value') ?? '' },
    by: params.get('by') ?? undefined,
    show: outcomes.find((outcome) => outcome === params.get('show')),
    find: params.get('find')?.trim() || undefined,
    most: Number.isInteger(most) && most > 0 ? Math.min(most, mostListed) : defaults.most,
  };
}

/** The relative URL of the page with these settings. */
export function linkTo(query: ViewQuery): string {
  return `./?${new URLSearchParams(parametersOf(query))}`;
}

/** The parameters of the URL that differ from the defaults. */
export function parametersOf(query: ViewQuery): Record<string, string> {
  const { agent, by, days, find, label, most, show } = query;
  return {
    ...(days !== defaults.days && { days: String(days) }),
    ...(agent !== undefined && { agent }),
    ...(label !== undefined && { label: label.name, value: label.value }),
    ...(by !== undefined && { by }),
    ...(show !== undefined && { show }),
    ...(find !== undefined && { find }),
    ...(most !== defaults.most && { most: String(most) }),
  };
}

/** The start of the range: midnight in UTC. */
export function startOf({ days }: ViewQuery, now: number): Date {
  const dayMs = 86_400_000;
  return new Date(Math.floor(now / dayMs) * dayMs - (days - 1) * dayMs);
}
