import type { RequestContext } from '@a2a-js/sdk/server';
import { InvalidArgumentError } from '@ai-sdk/provider';
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

/** The result of a call, as `streamText` and `ToolLoopAgent.stream` return it. */
export interface AgentRun {
  stream: AsyncIterable<TextStreamPart<ToolSet>>;
  /** The messages that the next turn of the conversation gets of this one. Default: the answer's text. */
  responseMessages?: PromiseLike<ModelMessage[]> | undefined;
}

/**
 * As much of a `ToolLoopAgent` as is used. It gets neither the trace headers nor `wantsJson`: where these
 * matter, make the agent in `run`.
 */
export interface StreamingAgent {
  stream(call: Pick<AgentCall, 'abortSignal' | 'messages'>): PromiseLike<AgentRun>;
}

/** What does the work: one of a model, an agent of the AI SDK, and a function that returns a stream. */
export type AgentSource =
  | {
      model: LanguageModel;
      /** The system instructions of the model, or a function that gives those of one call. */
      instructions?: Instructions | ((call: AgentCall) => Instructions) | undefined;
      agent?: undefined;
      run?: undefined;
    }
  | { agent: StreamingAgent; model?: undefined; instructions?: undefined; run?: undefined }
  | {
      run: (call: AgentCall) => AgentRun | PromiseLike<AgentRun>;
      model?: undefined;
      instructions?: undefined;
      agent?: undefined;
    };

/**
 * Calls the model, agent or function.
 *
 * @throws InvalidArgumentError where the function returns something else than a stream.
 */
export async function runAgent(source: AgentSource, call: AgentCall): Promise<AgentRun> {
  if (source.run !== undefined) return withStream(await source.run(call), 'run');
  const { abortSignal, headers, messages, wantsJson } = call;
  if (source.agent !== undefined) {
    return withStream(await source.agent.stream({ messages, abortSignal }), 'agent.stream');
  }
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

/** Only looked for: to read the stream of the AI SDK makes another one of it. */
function withStream(run: AgentRun, argument: string): AgentRun {
  const returned: unknown = run;
  if (typeof returned === 'object' && returned !== null && 'stream' in returned) return run;
  throw new InvalidArgumentError({
    argument,
    message: `\`${argument}\` must return \`{ stream }\`, as streamText does.`,
  });
}
