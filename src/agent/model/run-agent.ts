import type { RequestContext } from '@a2a-js/sdk/server';
import type { Instructions, LanguageModel, ModelMessage, TextStreamPart, ToolSet } from 'ai';

/** One call of an agent. */
export interface AgentCall {
  /** The conversation, the caller's message last. */
  messages: ModelMessage[];
  /** Aborted when the task is canceled. */
  abortSignal: AbortSignal;
  /** The trace headers of the caller's request, see `traceHeaders`. */
  headers: Record<string, string>;
  /** The caller wants JSON. */
  wantsJson: boolean;
  /**
   * The skill that the caller names. Where skills have prices of their own, it is the one that is paid for: do
   * no other.
   */
  skillId: string | undefined;
  request: RequestContext;
}

/** What comes of it: as `streamText` returns it, and `ToolLoopAgent.stream`. */
export interface AgentRun {
  stream: AsyncIterable<TextStreamPart<ToolSet>>;
  /** What the next turn of the conversation is to know of this one. Default: its text. */
  responseMessages?: PromiseLike<ModelMessage[]> | undefined;
}

/** As much of a `ToolLoopAgent` as is used. */
export interface StreamingAgent {
  stream(call: Pick<AgentCall, 'abortSignal' | 'messages'>): PromiseLike<AgentRun>;
}

/** Who does the work: a model, an agent of the AI SDK, or a function that returns a stream. */
export type AgentSource =
  | {
      model: LanguageModel;
      /** What the model is told before the conversation, or a function that says it for one call. */
      instructions?: Instructions | ((call: AgentCall) => Instructions) | undefined;
    }
  | { agent: StreamingAgent }
  | { run: (call: AgentCall) => AgentRun | PromiseLike<AgentRun> };

/** Calls whoever does the work. */
export async function runAgent(source: AgentSource, call: AgentCall): Promise<AgentRun> {
  if ('run' in source) return source.run(call);
  const { abortSignal, headers, messages, wantsJson } = call;
  if ('agent' in source) return source.agent.stream({ messages, abortSignal });
  const { Output, streamText } = await import('ai');
  const { model } = source;
  const instructions =
    typeof source.instructions === 'function' ? source.instructions(call) : source.instructions;
  return streamText({
    model,
    messages,
    abortSignal,
    headers,
    ...(instructions !== undefined && { instructions }),
    ...(wantsJson && { output: Output.json() }),
    // What fails is told to the caller, and to `onError`.
    onError: () => {},
  });
}
