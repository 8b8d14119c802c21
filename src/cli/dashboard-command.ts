import { parseArgs } from 'node:util';
import { type Command, UsageError } from './cli-context';
import { exchangeOptions, keyHelp } from './connect-to-exchange';
import { printJson } from './print';
import { unlessPortTaken } from './unless-port-taken';

export const dashboardCommand: Command = {
  summary: 'show balances, holds and spending in a browser',
  usage: `Usage: a2a-settlement dashboard [options]

  --receipts DIR      the folder of your store of receipts (unstorage's driver fs or fs-lite)
  --journal DIR       the folder of your journal: adds the button that reconciles
  --config FILE       instead of these: a module that exports settlement, receipts and journal
  --exchange URL      the exchange (default: A2A_EXCHANGE_URL)
  --port N            (default: a free one)
  --json              print the URL as JSON

Serves one page on 127.0.0.1 until it is stopped, to whoever has the URL that it prints.
${keyHelp}`,

  async run(args, context) {
    const { values } = parseArgs({
      args,
      options: {
        ...exchangeOptions,
        receipts: { type: 'string' },
        journal: { type: 'string' },
        config: { type: 'string' },
        port: { type: 'string' },
      },
    });
    const port = portOf(values.port);
    // Loaded only now: the other commands start without it.
    const [{ openDashboardSource }, { serveDashboard }] = await Promise.all([
      import('./dashboard/open-dashboard-source'),
      import('./dashboard/serve-dashboard'),
    ]);
    const source = await openDashboardSource(values, context);

    // Registered before printing: the reader of the line may stop the process immediately.
    const stopped = context.untilStopped();
    const { close, url } = await unlessPortTaken(serveDashboard(source, { port }), {
      port,
      advice: 'Choose another with --port N.',
    });
    try {
      if (values.json) printJson(context, { url });
      else context.stdout.write(`Dashboard: ${url}\nStop it with Ctrl+C.\n`);
      await stopped;
    } finally {
      await close();
    }
  },
};

function portOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) {
    throw new UsageError('--port must be a whole number up to 65535.');
  }
  return Number(value);
}
