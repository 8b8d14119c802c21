import type { LanguageModelV4 } from '@ai-sdk/provider';

type SupportedUrls = Awaited<LanguageModelV4['supportedUrls']>;

/** The URLs that all of the models support: other URLs are downloaded before any model is called. */
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
