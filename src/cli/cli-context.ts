/** Everything a command knows of the process it runs in. */
export interface CliContext {
  env: Record<string, string | undefined>;
  stdout: { write: (text: string) => unknown };
  stderr: { write: (text: string) => unknown };
  /** Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Resolves when the process is asked to stop. */
  untilStopped: () => Promise<void>;
}

export interface Command {
  /** One line of the general help. */
  summary: string;
  usage: string;
  run: (args: string[], context: CliContext) => Promise<void>;
}

/** The command line or the environment is not as it has to be: exit code 2. */
export class UsageError extends Error {}
