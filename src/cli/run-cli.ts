import { nearestName } from '../internal/nearest-name';
import { VERSION } from '../version';
import { balanceCommand } from './balance-command';
import { type CliContext, type Command, Unsuccessful, UsageError } from './cli-context';
import { dashboardCommand } from './dashboard-command';
import { doctorCommand } from './doctor-command';
import { depositCommand } from './deposit-command';
import { errorCode } from './error-code';
import { escrowsCommand } from './escrows-command';
import { readEnvFile } from './env-file';
import { withoutControls, withoutKeys } from './print';
import { orderCommand } from './order-command';
import { plansCommand } from './plans-command';
import { replayCommand } from './replay-command';
import { registerCommand } from './register-command';
import { sandboxCommand } from './sandbox-command';

const commands = new Map<string, Command>([
  ['sandbox', sandboxCommand],
  ['doctor', doctorCommand],
  ['register', registerCommand],
  ['deposit', depositCommand],
  ['balance', balanceCommand],
  ['escrows', escrowsCommand],
  ['dashboard', dashboardCommand],
  ['plans', plansCommand],
  ['order', orderCommand],
  ['replay', replayCommand],
]);

/**
 * Runs one command line of `a2a-settlement`.
 *
 * @returns the exit code: 0 success, 1 failure, 2 invalid usage.
 */
export async function runCli(argv: string[], context: CliContext): Promise<0 | 1 | 2> {
  const [name = '', ...args] = argv;
  const command = commands.get(name);
  const asksForHelp = argv.includes('--help') || argv.includes('-h');

  if (command === undefined) {
    if (name === '--version') {
      context.stdout.write(`${VERSION}\n`);
      return 0;
    }
    if (asksForHelp || name === 'help') {
      context.stdout.write(generalUsage());
      return 0;
    }
    context.stderr.write(name === '' ? generalUsage() : errorLine(unknownCommand(name), context));
    return 2;
  }
  if (asksForHelp) {
    context.stdout.write(command.usage);
    return 0;
  }

  let loaded = context;
  try {
    // The sandbox writes the file; other commands read it.
    const { path, rest } = name === 'sandbox' ? { rest: args } : splitEnvOption(args);
    if (path !== undefined) loaded = await withEnvFile(path, context);
    await command.run(rest, loaded);
    return 0;
  } catch (thrown) {
    if (thrown instanceof Unsuccessful) return 1;
    const error = withSuggestion(thrown, command);
    context.stderr.write(errorLine(error, loaded));
    return isUsageError(error) ? 2 : 1;
  }
}

/** Takes `--env FILE` out of the arguments of any command. */
function splitEnvOption(args: string[]): { path?: string | undefined; rest: string[] } {
  const at = args.findIndex((arg) => arg === '--env' || arg.startsWith('--env='));
  const found = args[at];
  if (found === undefined) return { rest: args };
  const path = found === '--env' ? args[at + 1] : found.slice('--env='.length);
  if (!path) throw new UsageError('--env needs the name of a file.');
  return { path, rest: args.toSpliced(at, found === '--env' ? 2 : 1) };
}

/** Variables that are set already win, as with Node's `--env-file`. */
async function withEnvFile(path: string, context: CliContext): Promise<CliContext> {
  const { exists, values } = await readEnvFile(path);
  if (!exists) {
    throw new UsageError(`${path} does not exist. The command sandbox --env ${path} writes it.`);
  }
  const set = Object.entries(context.env).filter(
    ([, value]) => value !== undefined && value !== '',
  );
  return { ...context, env: { ...values, ...Object.fromEntries(set) } };
}

function unknownCommand(name: string): UsageError {
  return new UsageError(
    `Unknown command "${name}".${didYouMean(name, [...commands.keys()])} See a2a-settlement --help.`,
  );
}

/** `parseArgs` says only that it does not know the option, and how to pass one that is none. */
function withSuggestion(error: unknown, { usage }: Command): unknown {
  if (errorCode(error) !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return error;
  const option = /^Unknown option '([^']*)'/.exec(error instanceof Error ? error.message : '')?.[1];
  if (option === undefined) return error;
  const known = [...(usage.match(/--[a-z-]+/g) ?? []), '--env', '--help'];
  return new UsageError(`Unknown option '${option}'.${didYouMean(option, known)}`, {
    cause: error,
  });
}

function didYouMean(name: string, known: string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : ` Did you mean ${nearest}?`;
}

function generalUsage(): string {
  const lines = [...commands].map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}\n`);
  return `Usage: a2a-settlement COMMAND [options]

${lines.join('')}
All commands but sandbox read environment variables from --env FILE, too.
Help for one command: a2a-settlement COMMAND --help
Where the package is not installed: npx ai-sdk-a2a-settlement COMMAND
`;
}

/** One line without API keys. */
function errorLine(error: unknown, context: CliContext): string {
  const message = error instanceof Error ? error.message : 'Something went wrong.';
  return `a2a-settlement: ${withoutControls(withoutKeys(message, context))}\n`;
}

/** A `UsageError`, or an error of `parseArgs`. */
function isUsageError(error: unknown): boolean {
  return (
    error instanceof UsageError ||
    (error instanceof TypeError && errorCode(error)?.startsWith('ERR_PARSE_ARGS_') === true)
  );
}
