import type { RequestContext } from '@a2a-js/sdk/server';
import { InvalidArgumentError } from '@ai-sdk/provider';
import type { Instructions, LanguageModel, ModelMessage, TextStreamPart, ToolSet } from 'ai';

/** The input of one call of an agent. */
export interface AgentCall {
  /** The conversation, ending with the client's message. */
  messages: ModelMessage[];
  /** Aborted if the task is canceled. */
  abortSignal: AbortSignal;
  /** The trace headers of the request, see `traceHeaders`. */
  headers: Record<string, string>;
  /** Whether the client requested JSON. */
  wantsJson: boolean;
  /**
   * The skill that the client names. If skills have different prices, this is the skill that is paid: execute
   * no other.
   */
  skillId: string | undefined;
  request: RequestContext;
}

/** The result of a call, as returned by `streamText` and `ToolLoopAgent.stream`. */
export interface AgentRun {
  stream: AsyncIterable<TextStreamPart<ToolSet>>;
  /** The messages that later turns of the conversation receive. Default: the answer's text. */
  responseMessages?: PromiseLike<ModelMessage[]> | undefined;
}

/**
 * The subset of a `ToolLoopAgent` that is used. It receives neither the trace headers nor `wantsJson`: to use
 * them, create the agent in `run`.
 */
export interface StreamingAgent {
  stream(call: Pick<AgentCall, 'abortSignal' | 'messages'>): PromiseLike<AgentRun>;
}

/** What executes the tasks: exactly one of a model, an AI SDK agent, and a function that returns a stream. */
export type AgentSource =
  | {
      model: LanguageModel;
      /** The system instructions of the model, or a function that returns them per call. */
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
 * @throws InvalidArgumentError if the function does not return a stream.
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
    // Errors are reported to the client and to `onError`.
    onError: () => {},
  });
}

/** Only checks for the property: reading the AI SDK's `stream` creates a copy of it. */
function withStream(run: AgentRun, argument: string): AgentRun {
  const returned: unknown = run;
  if (typeof returned === 'object' && returned !== null && 'stream' in returned) return run;
  throw new InvalidArgumentError({
    argument,
    message: `\`${argument}\` must return \`{ stream }\`, as streamText does.`,
  });
}
