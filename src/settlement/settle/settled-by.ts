import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  SharedV4ProviderOptions,
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

/**
 * Who settles a call already: beneath whoever asks, or, where that is not seen, `around` it. Undefined
 * when nobody does.
 */
export async function settledBy(
  { supportedUrls }: LanguageModelV4,
  call: LanguageModelV4CallOptions,
): Promise<unknown> {
  return Reflect.get(await supportedUrls, mark) ?? (isMarked(call) ? 'around' : undefined);
}

/**
 * `providerOptions.settlement` of a call that is paid for, or whose price is being agreed on: a
 * settlement beneath must not pay for it once more. It finds this where a model between the two shows
 * nothing of what it wraps.
 *
 * Only the application sets the `providerOptions` of a call. Those that a browser sends are of the
 * messages, and are not looked at here.
 */
export function markCall({
  providerOptions,
}: LanguageModelV4CallOptions): SharedV4ProviderOptions[string] {
  return { ...providerOptions?.['settlement'], isSettled: true };
}

/** Whether a settlement around this one has taken the call upon itself. */
function isMarked({ providerOptions }: LanguageModelV4CallOptions): boolean {
  return providerOptions?.['settlement']?.['isSettled'] === true;
}

/** Of a settlement around another one: its options, such as limits, have no effect. */
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
