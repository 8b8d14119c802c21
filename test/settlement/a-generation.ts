import type { FinishedGeneration } from '../../src/internal/finished-generation';

/** A finished generation of the agent `agent`, with what an agent reported in its metadata. */
export function aGeneration({
  metadata,
  input,
  output,
  ...rest
}: Partial<FinishedGeneration> & {
  metadata?: Record<string, number | string | boolean | null | object>;
  input?: number;
  output?: number;
} = {}): FinishedGeneration {
  return {
    agent: 'agent',
    text: 'Hi',
    data: [],
    files: 0,
    finishReason: 'stop',
    usage: {
      inputTokens: {
        total: input,
        noCache: undefined,
        cacheRead: undefined,
        cacheWrite: undefined,
      },
      outputTokens: { total: output, text: undefined, reasoning: undefined },
    },
    providerMetadata: {
      a2a: {
        taskId: 'task-1',
        ...(metadata !== undefined && { metadata: JSON.parse(JSON.stringify(metadata)) }),
      },
    },
    ...rest,
  };
}
