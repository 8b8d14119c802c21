import { createA2A } from './subject';
import { agentUrl } from './dialects';
import type { Replay } from './replay';
import { createSdkClient, sdkMessage } from './sdk-client';

/** Reads a stream to its end by the bare SDK client: from bytes to the text of its events. */
export async function readBySdk({ fetch, length }: Replay): Promise<void> {
  const client = await createSdkClient(agentUrl, fetch);
  let read = 0;
  for await (const { payload } of client.sendMessageStream(sdkMessage)) {
    if (payload?.$case !== 'artifactUpdate') continue;
    const [part] = payload.value.artifact?.parts ?? [];
    if (part?.content?.$case === 'text') read += part.content.value.length;
  }
  expectWhole(read, length);
}

/** An agent of this package that reads a replay. Its requests have one of two ids, so that bytes are reused. */
export function replayedAgent({ fetch }: Replay) {
  let count = 0;
  const limits = {
    maxEventBytes: Number.POSITIVE_INFINITY,
    maxAnswerBytes: Number.POSITIVE_INFINITY,
  };
  return createA2A({ fetch, generateId: () => `${count++ % 2}`, limits })(agentUrl);
}

export const goPrompt = [
  { role: 'user' as const, content: [{ type: 'text' as const, text: 'Go' }] },
];

/** Reads a stream to its end by this provider, from bytes to stream parts. */
export async function readByProvider(
  replay: Replay,
  /** Called with the last text, before the stream's end. */
  onWhole: () => void = () => {},
): Promise<void> {
  const { stream } = await replayedAgent(replay).doStream({ prompt: goPrompt });
  const reader = stream.getReader();
  let read = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (value.type !== 'text-delta') continue;
    read += value.delta.length;
    if (read === replay.length) onWhole();
  }
  expectWhole(read, replay.length);
}

export function expectWhole(read: number, length: number): void {
  if (read !== length) throw new Error(`incomplete: ${read} of ${length}`);
}
