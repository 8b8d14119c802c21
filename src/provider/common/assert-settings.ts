import { InvalidArgumentError } from '@ai-sdk/provider';

/**
 * A setting that does not exist is a mistake: it would be believed, and not heard.
 *
 * @throws InvalidArgumentError naming it, and those that exist. No value is repeated.
 */
export function assertSettings(where: string, given: unknown, known: Record<string, true>): void {
  const isObject = typeof given === 'object' && given !== null;
  const unknown = isObject ? Object.keys(given).filter((name) => !Object.hasOwn(known, name)) : [];
  if (isObject && unknown.length === 0) return;
  const why = isObject ? `has no \`${unknown.join('`, `')}\`` : 'must be an object';
  throw new InvalidArgumentError({
    argument: where,
    message: `${where} ${why}. Known are: ${Object.keys(known).join(', ')}.`,
  });
}
