import type { LanguageModelV4StreamPart, LanguageModelV4StreamResult } from '@ai-sdk/provider';

/** Reads a stream to its end, and hands it back as if nobody had. */
export async function readWholeStream(result: LanguageModelV4StreamResult): Promise<{
  result: LanguageModelV4StreamResult;
  end: Extract<LanguageModelV4StreamPart, { type: 'finish' }> | undefined;
}> {
  const parts: LanguageModelV4StreamPart[] = [];
  const reader = result.stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
  }
  const stream = new ReadableStream<LanguageModelV4StreamPart>({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
  return { result: { ...result, stream }, end: parts.find((part) => part.type === 'finish') };
}
