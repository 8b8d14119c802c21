import { basename } from 'node:path';
import { createSettlement } from '../../index';
import { isThisMachine } from '../../internal/is-this-machine';
import { rememberFor } from '../../internal/remember-for';
import { createExchangeClient } from '../../rails/exchange/exchange-client';
import { exchangeRail } from '../../rails/exchange/exchange-rail';
import { a2a } from '../../provider/a2a-provider';
import type { JournalStorage } from '../../settlement/state/journal-storage';
import type { ReceiptStore } from '../../settlement/state/settlement-record';
import { receiptStore } from '../../stores';
import { type CliContext, UsageError } from '../cli-context';
import { apiKey, givenExchangeUrl } from '../connect-to-exchange';
import { accountNames } from './account-names';
import type { DashboardSource, Hint } from './dashboard-source';
import { escrowRecords, mostEscrows } from './escrow-records';
import { type DashboardConfig, loadConfig } from './load-config';
import { openFolder } from './open-folder';
import { listLost } from './list-lost';

export interface SourceOptions {
  config?: string | undefined;
  receipts?: string | undefined;
  journal?: string | undefined;
  exchange?: string | undefined;
}

/** @throws UsageError if nothing is configured, or something cannot be opened. */
export async function openDashboardSource(
  { config, exchange, journal, receipts }: SourceOptions,
  context: CliContext,
): Promise<DashboardSource> {
  if (config !== undefined) {
    if (receipts !== undefined || journal !== undefined || exchange !== undefined) {
      throw new UsageError('--config names everything: leave out the other options.');
    }
    return withHints(await loadConfig(config), { name: basename(config), pauseMs: pauses.unknown });
  }
  const url = givenExchangeUrl(exchange, context);
  const key = apiKey(context);
  const store =
    receipts === undefined ? undefined : receiptStore({ storage: await openFolder(receipts) });
  const storage = journal === undefined ? undefined : await openFolder(journal);
  if (url === undefined || key === undefined) {
    if (store === undefined || storage !== undefined) throw noExchange(url);
    return withHints(
      { receipts: store },
      { name: basename(receipts ?? ''), pauseMs: pauses.local },
    );
  }
  const settlement = createSettlement({
    rail: exchangeRail({ exchangeUrl: url, apiKey: key, fetch: context.fetch }),
    provider: a2a,
    ...(store !== undefined && { receipts: store }),
    ...(storage !== undefined && { journal: { storage } }),
  });
  const isLocal = URL.canParse(url) && isThisMachine(new URL(url));
  const source = withHints(
    { settlement, receipts: store, journal: storage },
    { name: url, pauseMs: isLocal ? pauses.local : pauses.remote },
  );
  if (store !== undefined) return source;
  const client = createExchangeClient({ url, apiKey: key, fetch: context.fetch });
  return {
    ...source,
    records: (from) => escrowRecords(client, { from, now: Date.now(), url }),
    names: accountNames(client),
  };
}

/** An exchange may limit the rate of requests, and then refuses those of the application, too. */
const pauses = { local: 1500, unknown: 3000, remote: 10_000 };

function noExchange(url: string | undefined): UsageError {
  return new UsageError(
    url === undefined
      ? 'No exchange: give --exchange URL or set A2A_EXCHANGE_URL; or give --receipts DIR or --config FILE.'
      : 'No API key: set A2A_PAYER_API_KEY (or A2A_API_KEY); or give --receipts DIR or --config FILE.',
  );
}

function withHints(
  { journal, receipts, settlement }: DashboardConfig,
  { name, pauseMs }: Pick<DashboardSource, 'name' | 'pauseMs'>,
): DashboardSource {
  return {
    name,
    pauseMs,
    balance: settlement && rememberFor(pauseMs / 2, async () => settlement.balance()),
    holds: settlement && rememberFor(pauseMs / 2, async () => settlement.holds()),
    records: (from) => recordsOf(receipts, from),
    lost: journal && (async () => listLost(journal)),
    reconcile: journal && settlement && (async () => settlement.reconcile()),
    hasReceipts: receipts !== undefined,
    hints: hintsFor({ journal, receipts, settlement }),
  };
}

async function* recordsOf(receipts: ReceiptStore | undefined, from: Date) {
  if (receipts !== undefined) yield* receipts.list({ from });
}

function hintsFor(has: {
  settlement: DashboardConfig['settlement'];
  receipts: ReceiptStore | undefined;
  journal: JournalStorage | undefined;
}): Hint[] {
  const hints: Hint[] = [];
  if (has.settlement === undefined) {
    hints.push({
      missing: 'Balances and holds under way',
      how: 'Set `A2A_EXCHANGE_URL` and `A2A_PAYER_API_KEY` (`--env FILE`), or export `settlement` from `--config FILE`.',
    });
  }
  if (has.receipts === undefined) {
    hints.push({
      missing: 'Agents, labels, times of settlement, other rails',
      how: `These are in your store of receipts: \`--receipts DIR\`, or \`--config FILE\` for storages other than files. Without it, the newest ${mostEscrows} escrows of the exchange are shown.`,
    });
  }
  if (has.journal === undefined) {
    hints.push({
      missing: 'The button that reconciles',
      how: 'It needs the journal of your application: `--journal DIR`, or export `settlement` and `journal` from `--config FILE`.',
    });
  }
  return hints;
}
