import { parseArgs } from 'node:util';
import { toHex } from '../internal/to-hex';
import { isThisMachine } from '../internal/is-this-machine';
import { type ServedSandbox, serveSandbox } from '../sandbox/serve-sandbox';
import { type CliContext, type Command, UsageError } from './cli-context';
import { dataFileWriter, readDataFile } from './data-file';
import { type EnvFile, readEnvFile, writeEnvFile } from './env-file';
import { printJson } from './print';
import { printSandbox } from './print-sandbox';
import { unlessPortTaken } from './unless-port-taken';

export const sandboxCommand: Command = {
  summary: 'serve an exchange and paid agents on this machine',
  usage: `Usage: a2a-settlement sandbox [options]

  --env FILE          write the exchange's URL, a payer's key and an agent's URL into this file, and
                      use the same port and key at the next start
  --data FILE         keep accounts and escrows in this file. Default: in memory
  --port N            (default: that of the URL in --env, or a free one)
  --host ADDRESS      (default: 127.0.0.1, this machine only)
  --tokens N          what the payer starts with (default: 1000)
  --delay MS          the agents' small delay (default: 20)
  --required          agents refuse to work unpaid
  --json              print one line of JSON: the exchange's URL, the agents, a payer's account, what
                      is paid by x402 and what is paid with Nevermined's credits

Serves until it is stopped. Both files contain API keys: keep them out of git.
`,

  async run(args, context) {
    const { values } = parseArgs({
      args,
      options: {
        env: { type: 'string' },
        data: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        tokens: { type: 'string' },
        delay: { type: 'string' },
        required: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
    const given = wholeNumber('--port', values.port);
    if (given !== undefined && given > 65_535) {
      throw new UsageError('--port must be at most 65535.');
    }
    const payerTokens = wholeNumber('--tokens', values.tokens);
    const agentDelayMs = wholeNumber('--delay', values.delay);
    const envFile = values.env === undefined ? undefined : await readEnvFile(values.env);
    const own = envFile && sandboxSettings(envFile);

    // Registered before printing: the reader of the line may stop the process immediately.
    const stopped = context.untilStopped();
    let save: (() => Promise<void>) | undefined;
    const port = given ?? own?.port;
    const served = serveSandbox({
      port,
      hostname: values.host,
      payerTokens,
      agentDelayMs,
      required: values.required,
      payerKey: own?.payerKey,
      state: values.data === undefined ? undefined : await readDataFile(values.data),
      onChange: async () => save?.().catch((error: unknown) => sayUnsaved(error, context)),
    });
    const sandbox = await unlessPortTaken(served, {
      port,
      advice: 'Does a sandbox run there already? Stop it, or choose another with --port N.',
    });
    try {
      if (values.data !== undefined) {
        save = dataFileWriter(values.data, sandbox.state);
        await save();
      }
      if (envFile !== undefined) {
        await writeEnvFile(envFile, {
          A2A_EXCHANGE_URL: sandbox.exchangeUrl,
          A2A_PAYER_API_KEY: sandbox.payer.apiKey,
          A2A_CONVERSATION_SECRET: envFile.values['A2A_CONVERSATION_SECRET'] || newSecret(),
          A2A_AGENT_URL: agentUrl(envFile, sandbox),
        });
      }
      if (values.json) printJson(context, toJson(sandbox));
      else printSandbox(context, sandbox, { envPath: values.env, dataPath: values.data });
      await stopped;
    } finally {
      await sandbox.close();
      await save?.();
    }
  },
};

/**
 * The port and the key that an earlier sandbox wrote. The settings of another exchange are not overwritten: its
 * key may be written down nowhere else.
 */
function sandboxSettings({ path, values }: EnvFile): {
  port?: number | undefined;
  payerKey: string;
} {
  const url = values['A2A_EXCHANGE_URL']?.trim() || undefined;
  const key = values['A2A_PAYER_API_KEY']?.trim() || undefined;
  const isOurs = url !== undefined && URL.canParse(url) && isThisMachine(new URL(url));
  if ((url !== undefined && !isOurs) || (url === undefined && key !== undefined)) {
    throw new UsageError(
      `${path} has settings of another exchange, which the sandbox does not overwrite. Name another file, or remove A2A_EXCHANGE_URL and A2A_PAYER_API_KEY from it.`,
    );
  }
  if (key !== undefined && !/^ate_\w{16,}$/.test(key)) {
    throw new UsageError(
      `A2A_PAYER_API_KEY in ${path} is not a key of a sandbox. Remove the line, and a new key is written.`,
    );
  }
  return {
    port: url === undefined ? undefined : Number(new URL(url).port) || undefined,
    payerKey: key ?? `ate_${newSecret().slice(0, 32)}`,
  };
}

/** Another agent that the file names stays; one of this sandbox follows its port. */
function agentUrl({ values }: EnvFile, { exchangeUrl, agents }: ServedSandbox): string {
  const named = values['A2A_AGENT_URL']?.trim() || undefined;
  const before = values['A2A_EXCHANGE_URL']?.trim();
  if (named === undefined) return agents.streamer.url;
  if (before === undefined || !named.startsWith(`${before}/`)) return named;
  return exchangeUrl + named.slice(before.length);
}

function toJson(sandbox: ServedSandbox): object {
  const agents = Object.entries(sandbox.agents).map(([name, { url, accountId }]) => [
    name,
    { url, accountId },
  ]);
  return {
    exchangeUrl: sandbox.exchangeUrl,
    agents: Object.fromEntries(agents),
    payer: sandbox.payer,
    x402: sandbox.x402,
    nevermined: {
      backendUrl: sandbox.nevermined.backendUrl,
      agent: sandbox.nevermined.agent,
      buyer: sandbox.nevermined.buyer,
    },
  };
}

function sayUnsaved(error: unknown, { stderr }: CliContext): void {
  const why = error instanceof Error ? error.message : '';
  stderr.write(`a2a-settlement: the data file was not written: ${why}\n`);
}

/** 64 hex digits. */
function newSecret(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(32)));
}

function wholeNumber(option: string, value: string | undefined): number | undefined {
  if (value !== undefined && !/^\d{1,9}$/.test(value)) {
    throw new UsageError(`${option} must be a whole number.`);
  }
  return value === undefined ? undefined : Number(value);
}
