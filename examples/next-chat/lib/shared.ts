const values: Record<string, unknown> = ((
  globalThis as { nextChat?: Record<string, unknown> }
).nextChat ??= {});

/**
 * One value for all routes of this process. Next.js loads a module once for each bundle that
 * contains it, and again after an edit, so a variable of a module is not shared.
 */
export function shared<T>(name: string, create: () => T): T {
  return (values[name] ??= create()) as T;
}
