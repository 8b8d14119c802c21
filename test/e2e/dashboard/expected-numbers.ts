import type { ServedSandbox } from '../../../src/sandbox/serve-sandbox';
import type { ShownNumbers } from './read-page';

/** The label of each hold's call, by the hold's id. */
export type Teams = Map<string, string>;

/** What the page must show, computed from the exchange's ledger alone. */
export function expectedNumbers(sandbox: ServedSandbox, teams: Teams): ShownNumbers {
  const { accounts, escrows } = sandbox.ledger();
  const payer = accounts.find(({ id }) => id === sandbox.payer.accountId);
  const urls = new Map(Object.values(sandbox.agents).map(({ accountId, url }) => [accountId, url]));
  const sum = (of: typeof escrows, status: string) =>
    of
      .filter((escrow) => escrow.status === status)
      .reduce((total, { amount, fee }) => total + amount + fee, 0);
  const rows = (groupOf: (escrow: (typeof escrows)[number]) => string) =>
    [...Map.groupBy(escrows, groupOf)]
      .map(([group, own]) => ({ group, own, spent: sum(own, 'released') }))
      .sort((one, other) => other.spent - one.spent || other.own.length - one.own.length)
      .map(({ group, own, spent }) => {
        const returned = sum(own, 'refunded');
        const open = sum(own, 'held');
        const parts = [
          `${own.length} holds`,
          ...(returned === 0 ? [] : [`${show(returned)} returned`]),
          ...(open === 0 ? [] : [`${show(open)} open`]),
        ];
        return [group, `${show(spent)} ATE`, parts.join(', ')];
      });
  const count = (status: string) => escrows.filter((escrow) => escrow.status === status).length;
  const released = escrows.filter(({ status }) => status === 'released');
  const held = sum(escrows, 'held');
  const [spent, returned] = [sum(escrows, 'released'), sum(escrows, 'refunded')];

  return {
    wallet: { ATE: { available: show(payer?.available ?? -1), held: show(payer?.held ?? -1) } },
    underWay: {
      count: String(count('held')),
      sums: held === 0 ? [] : [`${show(held)} ATE`],
      listed: Math.min(count('held'), 50),
    },
    unresolved: '0',
    spend: {
      ATE: {
        Spent: `${show(payer?.spent ?? -1)} ATE`,
        'To agents': `${show(accounts.reduce((total, { earned }) => total + earned, 0))} ATE`,
        Fees: `${show(released.reduce((total, { fee }) => total + fee, 0))} ATE`,
        Returned: `${show(returned)} ATE`,
        Open: `${show(held)} ATE`,
        Holds: show(escrows.length),
      },
    },
    // Of all days: the test may run at midnight.
    days: { ATE: [[String(escrows.length), show(spent), show(held), show(returned)]] },
    bars: {
      'ATE agent': rows(({ providerId }) => urls.get(providerId) ?? ''),
      'ATE label': rows(({ id }) => teams.get(id) ?? ''),
    },
    counts: {
      all: String(escrows.length),
      ...(count('held') > 0 && { open: String(count('held')) }),
      paid: String(released.length),
      returned: String(count('refunded')),
    },
    timeline: [],
  };
}

export function show(amount: number): string {
  return amount.toLocaleString('en-US');
}
