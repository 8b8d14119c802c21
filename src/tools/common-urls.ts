import type { LanguageModelV4 } from '@ai-sdk/provider';

type SupportedUrls = Awaited<LanguageModelV4['supportedUrls']>;

/** The URLs that each of the models takes as they are: others are downloaded before any is asked. */
export async function commonUrls(models: readonly LanguageModelV4[]): Promise<SupportedUrls> {
  const [first = {}, ...others] = await Promise.all(models.map((model) => model.supportedUrls));
  return Object.fromEntries(
    Object.entries(first).map(([mediaType, patterns]) => [
      mediaType,
      patterns.filter((pattern) =>
        others.every((urls) => urls[mediaType]?.some((other) => `${other}` === `${pattern}`)),
      ),
    ]),
  );
}
