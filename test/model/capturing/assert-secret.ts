import { Violation } from '../violation';

/** Whatever is not the message to the agent bears nothing that pays. */
export function assertSecret(said: unknown, where: string): void {
  const text = typeof said === 'string' ? said : textOf(said);
  if (text.includes('secret-') || text.includes('eyJ4NDAyVmVyc2lvbiI6MiwiYWNj')) {
    throw new Violation(`a credential is in ${where}: ${text.slice(0, 200)}`);
  }
}

function textOf(said: unknown): string {
  const seen = new Set<unknown>();
  return (
    JSON.stringify(said, (_, value: unknown) => {
      if (typeof value === 'bigint') return String(value);
      if (typeof value !== 'object' || value === null) return value;
      if (seen.has(value)) return undefined;
      seen.add(value);
      return value instanceof Error
        ? { ...value, message: value.message, cause: value.cause }
        : value;
    }) ?? ''
  );
}
