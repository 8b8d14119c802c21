import { InvalidArgumentError, type SharedV4ProviderOptions } from '@ai-sdk/provider';
import type * as z from 'zod/v4';

/**
 * Reads the `providerOptions` of one call for a provider, and the names of unknown options.
 *
 * The AI SDK's own parser says only that something is invalid, and puts the whole value, for example a
 * webhook's token, into the cause.
 *
 * @throws InvalidArgumentError naming the invalid options.
 */
export function readCallOptions<SHAPE extends z.ZodRawShape>(
  provider: string,
  schema: z.ZodObject<SHAPE>,
  providerOptions: SharedV4ProviderOptions | undefined,
): { options: z.infer<z.ZodObject<SHAPE>>; unknown: string[] } {
  const given = providerOptions?.[provider] ?? {};
  const read = schema.safeParse(given);
  if (!read.success) {
    const why = read.error.issues.map(({ path, message }) =>
      [['providerOptions', provider, ...path].join('.'), message].join(': '),
    );
    throw new InvalidArgumentError({
      argument: `providerOptions.${provider}`,
      message: `The call was not sent. ${why.join('; ')}.`,
    });
  }
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(schema.shape, name));
  return { options: read.data, unknown };
}
