/** The process environment of a command. */
export interface CliContext {
  env: Record<string, string | undefined>;
  stdout: { write: (text: string) => unknown };
  stderr: { write: (text: string) => unknown };
  /** Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Resolves when the process receives a stop signal. */
  untilStopped: () => Promise<void>;
}

export interface Command {
  /** One line of the general help. */
  summary: string;
  usage: string;
  run: (args: string[], context: CliContext) => Promise<void>;
}

/** Invalid command line or environment: exit code 2. */
export class UsageError extends Error {}

/** The output says what is wrong: exit code 1, without another message. */
export class Unsuccessful extends Error {}
