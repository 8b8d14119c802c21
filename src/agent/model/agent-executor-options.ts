import type { Instructions, LanguageModel, LanguageModelUsage } from 'ai';
import * as z from 'zod/v4';
import {
  flag,
  functionOf,
  having,
  optionsOf,
  type ShapeOf,
  text,
  wholeFrom,
} from '../../internal/option-schemas';
import type { AgentCall, AgentSource, StreamingAgent } from './run-agent';
import type { ConversationStorage } from './conversation-store';

/** What one answer used. */
export interface AgentUse {
  /** Of all legs of the turn, where tools had to be approved. */
  usage: LanguageModelUsage;
}

export interface AgentExecutorOptions {
  /**
   * Conversations are kept here, by caller and context, and turns that wait for an approval. Share it
   * where several machines serve the agent. Default: this process's memory.
   */
  conversations?: ConversationStorage | undefined;
  /** The most turns of a conversation that the model gets again, the last ones. Default: 50. */
  maxTurns?: number | undefined;
  /**
   * Computes what an answer is worth, in the currency of its payment. Called for answers whose usage is
   * known. A task whose `meter` throws fails. Default: the whole price.
   */
  meter?: ((use: AgentUse) => number | PromiseLike<number>) | undefined;
  /** Whether callers see the model's reasoning. Default: `true`. */
  sendReasoning?: boolean | undefined;
  /** Whether callers get the addresses that the model names as its sources. Default: `true`. */
  sendSources?: boolean | undefined;
  /** The names of the tools whose results callers get, as data. Default: none. */
  sendResultsOf?: readonly string[] | undefined;
  /**
   * Called with the error when a task fails. The caller gets no details of it. What it throws is ignored.
   * Default: `console.error`, as `streamText` has it.
   */
  onError?: ((error: unknown) => void) | undefined;
}

export function agentExecutorShape() {
  return {
    conversations: having<ConversationStorage>(
      'a storage such as redisStorage({ client }), or any unstorage',
      'getItem',
      'setItem',
      'removeItem',
    ),
    maxTurns: wholeFrom(0),
    meter: functionOf<Exclude<AgentExecutorOptions['meter'], undefined>>(),
    sendReasoning: flag,
    sendSources: flag,
    sendResultsOf: z.array(text, 'must be a list of the names of tools'),
    onError: functionOf<Exclude<AgentExecutorOptions['onError'], undefined>>(),
  } satisfies ShapeOf<AgentExecutorOptions>;
}

export function agentSourceShape() {
  return {
    model: z.custom<LanguageModel>(isModel, 'must be a language model, or the id of one'),
    instructions: z.custom<Instructions | ((call: AgentCall) => Instructions)>(
      (value) => typeof value === 'string' || typeof value === 'function' || isObject(value),
      'must be a text, system messages, or a function that returns them',
    ),
    agent: having<StreamingAgent>('an agent such as a ToolLoopAgent', 'stream'),
    run: functionOf<Exclude<AgentSource['run'], undefined>>(),
  } satisfies ShapeOf<AgentSource>;
}

/** Options with one thing that does the work, and with `instructions` only where these are heard. */
export function withOneSource<OPTIONS extends AgentSource>(
  schema: z.ZodType<OPTIONS>,
): z.ZodType<OPTIONS> {
  return schema.superRefine(({ agent, instructions, model, run }, context) => {
    const given = Object.entries({ model, agent, run }).filter(([, value]) => value !== undefined);
    if (given.length !== 1) {
      const names = given.map(([name]) => `\`${name}\``).join(' and ');
      context.addIssue({
        code: 'custom',
        message: `needs one of \`model\`, \`agent\` and \`run\`, and has ${names || 'none'}`,
      });
    } else if (model === undefined && instructions !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['instructions'],
        message: 'goes with `model` alone: an agent or a function has its own',
      });
    }
  });
}

export const agentSourceSchema = () => withOneSource(optionsOf<AgentSource>(agentSourceShape()));

function isModel(value: unknown): boolean {
  if (typeof value === 'string') return value !== '';
  return isObject(value) && typeof Reflect.get(value, 'doStream') === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
