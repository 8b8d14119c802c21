import { streamText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';

export interface WorkerJob {
  agentUrl: string;
  exchangeUrl: string;
  apiKey: string;
  /** Whether the settlement is given the runtime's `waitUntil`. */
  waits: boolean;
  /**
   * - `streams the answer`: it is the response's body.
   * - `leaves`: it reads the first piece, answers with that, and reads no more.
   * - `reads nothing`: it answers as soon as the agent has begun.
   */
  does: 'streams the answer' | 'leaves' | 'reads nothing';
}

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

export default {
  async fetch(
    request: Request,
    _env: unknown,
    context: { waitUntil: (promise: Promise<unknown>) => void },
  ): Promise<Response> {
    const job: WorkerJob = await request.json();
    const settlement = createSettlement({
      rail: exchangeRail({ exchangeUrl: job.exchangeUrl, apiKey: job.apiKey }),
      ...(job.waits && { waitUntil: (promise) => context.waitUntil(promise) }),
    });
    const model = wrapLanguageModel({
      model: createA2A()(job.agentUrl),
      middleware: settlement.middleware,
    });
    if (job.does === 'reads nothing') {
      await model.doStream({
        prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
      });
      return new Response('begun');
    }
    const result = streamText({ model, prompt: 'Hello', onError: () => {} });
    if (job.does === 'streams the answer') return result.toTextStreamResponse();
    const reader = result.textStream.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return new Response(value);
  },
};
