import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  SharedV4ProviderOptions,
  SharedV4Warning,
} from '@ai-sdk/provider';

type SupportedUrls = LanguageModelV4['supportedUrls'];

// The only field of a wrapped model that the AI SDK passes through unchanged is this object. A symbol survives
// a copy of the object, and is the same for all copies of this package.
const mark = Symbol.for('ai-sdk-a2a-settlement.settled-by');

/** Marks a wrapped model's `supportedUrls` with the settlement that pays for it. */
export function markAsSettled({ supportedUrls }: LanguageModelV4, owner: object): SupportedUrls {
  const add = (urls: Awaited<SupportedUrls>) => (mark in urls ? urls : { ...urls, [mark]: owner });
  return isPromise(supportedUrls) ? Promise.resolve(supportedUrls).then(add) : add(supportedUrls);
}

/**
 * The settlement that already pays a call: inside the given model, or, if it is hidden, `around` it. Undefined
 * if there is none.
 */
export async function settledBy(
  { supportedUrls }: LanguageModelV4,
  call: LanguageModelV4CallOptions,
): Promise<unknown> {
  return Reflect.get(await supportedUrls, mark) ?? (isMarked(call) ? 'around' : undefined);
}

/**
 * The `providerOptions.settlement` of a call that is paid, or whose price is being agreed: an inner settlement
 * must not pay it again. It is read if a model between the two settlements hides what it wraps.
 *
 * Only the application sets the `providerOptions` of a call. Those that a browser sends are in the messages,
 * and are not read here.
 */
export function markCall({
  providerOptions,
}: LanguageModelV4CallOptions): SharedV4ProviderOptions[string] {
  return { ...providerOptions?.['settlement'], isSettled: true };
}

/** Whether an outer settlement pays this call. */
function isMarked({ providerOptions }: LanguageModelV4CallOptions): boolean {
  return providerOptions?.['settlement']?.['isSettled'] === true;
}

/** The warning of a settlement inside another one: its options, such as limits, have no effect. */
export const isSettledTwice: SharedV4Warning = {
  type: 'other',
  message:
    'This model is already wrapped in another settlement. That settlement pays, and this one and its options have no effect. Remove one of them.',
};

/** Adds a warning to the start of a stream. */
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
