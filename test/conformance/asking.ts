import { isDeepStrictEqual } from 'node:util';
import { generateText, streamText, type ModelMessage } from 'ai';

/** What a call came to, in one form for both ways to call. */
export interface Answered {
  text: string;
  finishReason: string;
  content: unknown[];
  files: string[];
  sources: string[];
  data: unknown[];
  messages: ModelMessage[];
  a2a: Record<string, unknown>;
  settlement: Record<string, unknown>;
}

type Ask = Omit<Parameters<typeof generateText>[0], 'prompt' | 'messages'> &
  ({ prompt: string } | { messages: ModelMessage[] });

/** By `generateText`. */
export async function generated(ask: Ask): Promise<Answered> {
  return answered(await generateText({ ...ask, maxRetries: 0 }));
}

/** By `streamText`, read to its end. */
export async function streamed(ask: Ask): Promise<Answered> {
  let failure: { error: unknown } | undefined;
  const result = streamText({
    ...ask,
    maxRetries: 0,
    onError: ({ error }) => {
      failure ??= { error };
    },
  });
  await result.consumeStream();
  if (failure !== undefined) throw failure.error;
  return answered({
    text: await result.text,
    finishReason: await result.finishReason,
    content: await result.content,
    files: await result.files,
    sources: await result.sources,
    response: await result.response,
    providerMetadata: await result.providerMetadata,
  });
}

type Metadata = Record<string, Record<string, unknown>> | undefined;

function answered(result: {
  text: string;
  finishReason: string;
  content: { type: string; providerMetadata?: Metadata }[];
  files: { mediaType: string; base64: string }[];
  sources: { sourceType: string; url?: string }[];
  response: { messages: ModelMessage[] };
  providerMetadata: Metadata;
}): Answered {
  const { content, finishReason, providerMetadata, response, text } = result;
  return {
    text,
    finishReason,
    content,
    files: result.files.map(({ base64, mediaType }) => `${mediaType} ${base64}`),
    sources: result.sources.map(({ url }) => url ?? ''),
    data: content
      .filter(({ providerMetadata: own }) => own?.['a2a']?.['data'] !== undefined)
      .map(({ providerMetadata: own }) => own?.['a2a']?.['data']),
    messages: response.messages,
    a2a: providerMetadata?.['a2a'] ?? {},
    settlement: providerMetadata?.['settlement'] ?? {},
  };
}

/** A task that asks its caller back goes on with the answer. */
export async function answersBack(
  ask: (asked: Ask) => Promise<Answered>,
  model: Ask['model'],
): Promise<void> {
  const question = await ask({ model, prompt: 'input-required' });
  same('question', question.text, 'Which city?');
  const answer = await ask({
    model,
    messages: [
      { role: 'user', content: 'input-required' },
      ...question.messages,
      { role: 'user', content: 'Oslo' },
    ],
  });
  same('answer', answer.text, 'You said Oslo.');
  same('task', answer.a2a['taskId'], question.a2a['taskId']);
}

/** Throws what is wrong where two values differ. */
export function same(what: string, found: unknown, wanted: unknown): void {
  const [is, should] = [JSON.stringify(found), JSON.stringify(wanted)];
  // Some servers sort the keys of an object.
  if (!isDeepStrictEqual(found, wanted)) throw new Error(`${what}: ${is} instead of ${should}`);
}

export async function until(isSo: () => boolean, otherwise: string, ms = 60_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(otherwise);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
