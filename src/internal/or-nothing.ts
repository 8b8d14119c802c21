/**
 * The result of an action that must not fail its caller; undefined if it throws. For telemetry: a tracer that
 * throws, or an error that cannot be read, must not keep a hold from being settled.
 */
export function orNothing<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
