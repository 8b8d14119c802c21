import type {
  LanguageModelV4,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  SharedV4Warning,
} from '@ai-sdk/provider';

type SupportedUrls = LanguageModelV4['supportedUrls'];

// The AI SDK shows nothing of a model under its middleware but this object, which it hands on as it is.
// A symbol survives those who copy the object, and is one for all copies of this package.
const mark = Symbol.for('ai-sdk-a2a-settlement.settled-by');

/** What a wrapped model hands on as `supportedUrls`: with them, that it is settled, and by whom. */
export function markAsSettled({ supportedUrls }: LanguageModelV4, owner: object): SupportedUrls {
  const add = (urls: Awaited<SupportedUrls>) => (mark in urls ? urls : { ...urls, [mark]: owner });
  return isPromise(supportedUrls) ? Promise.resolve(supportedUrls).then(add) : add(supportedUrls);
}

/** Who settles a model already, beneath whoever asks. Undefined when nobody does. */
export async function settledBy({ supportedUrls }: LanguageModelV4): Promise<unknown> {
  return Reflect.get(await supportedUrls, mark);
}

/** Of a settlement around another one: its limits, for one, are not asked. */
export const isSettledTwice: SharedV4Warning = {
  type: 'other',
  message:
    'This model is wrapped in another settlement already. That one pays, and this one, with its options, does nothing: take one of them away.',
};

/** A stream that begins with a warning more. */
export function withWarning(
  result: LanguageModelV4StreamResult,
  warning: SharedV4Warning,
): LanguageModelV4StreamResult {
  const stream = result.stream.pipeThrough(
    new TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>({
      transform(part, controller) {
        controller.enqueue(
          part.type === 'stream-start' ? { ...part, warnings: [...part.warnings, warning] } : part,
        );
      },
    }),
  );
  return { ...result, stream };
}

function isPromise(urls: SupportedUrls): urls is Exclude<SupportedUrls, Record<string, RegExp[]>> {
  return 'then' in urls && typeof urls.then === 'function';
}
