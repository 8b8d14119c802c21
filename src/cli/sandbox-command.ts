import { parseArgs } from 'node:util';
import { serveSandbox } from '../sandbox/serve-sandbox';
import { type Command, UsageError } from './cli-context';
import { printJson } from './print';

export const sandboxCommand: Command = {
  summary: 'serve an exchange and paid agents on this machine',
  usage: `Usage: a2a-settlement sandbox [options]

  --port N            (default: a free one)
  --host ADDRESS      (default: 127.0.0.1, this machine only)
  --tokens N          what the payer starts with (default: 1000)
  --delay MS          the agents' small delay (default: 20)
  --required          agents refuse to work unpaid

Prints one line of JSON with the exchange's URL, the agents, a payer's account, what is paid by x402
and what is paid with Nevermined's credits, then serves until it is stopped. Everything is in memory.
`,

  async run(args, context) {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        tokens: { type: 'string' },
        delay: { type: 'string' },
        required: { type: 'boolean' },
      },
    });
    const port = wholeNumber('--port', values.port);
    if (port !== undefined && port > 65_535) {
      throw new UsageError('--port must be at most 65535.');
    }

    // Registered before printing: the reader of the line may stop the process immediately.
    const stopped = context.untilStopped();
    const sandbox = await serveSandbox({
      port,
      hostname: values.host,
      payerTokens: wholeNumber('--tokens', values.tokens),
      agentDelayMs: wholeNumber('--delay', values.delay),
      required: values.required,
    });
    try {
      const agents = Object.entries(sandbox.agents).map(([name, { url, accountId }]) => [
        name,
        { url, accountId },
      ]);
      printJson(context, {
        exchangeUrl: sandbox.exchangeUrl,
        agents: Object.fromEntries(agents),
        payer: sandbox.payer,
        x402: sandbox.x402,
        nevermined: {
          backendUrl: sandbox.nevermined.backendUrl,
          agent: sandbox.nevermined.agent,
          buyer: sandbox.nevermined.buyer,
        },
      });
      await stopped;
    } finally {
      await sandbox.close();
    }
  },
};

function wholeNumber(option: string, value: string | undefined): number | undefined {
  if (value !== undefined && !/^\d{1,9}$/.test(value)) {
    throw new UsageError(`${option} must be a whole number.`);
  }
  return value === undefined ? undefined : Number(value);
}
