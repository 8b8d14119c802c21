import { generateText, streamText, type LanguageModel } from 'ai';

/** What a call throws; a stream's is what reaches `onError`. */
export async function failureOf(
  model: LanguageModel,
  mode: 'generate' | 'stream' = 'generate',
  prompt = 'Hi',
): Promise<unknown> {
  if (mode === 'generate') {
    return generateText({ model, prompt, maxRetries: 0 }).then(
      () => undefined,
      (error: unknown) => error,
    );
  }
  let found: unknown;
  await streamText({
    model,
    prompt,
    maxRetries: 0,
    onError: ({ error }) => {
      found = error;
    },
  }).consumeStream();
  return found;
}
