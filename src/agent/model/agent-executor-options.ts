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

/** The usage of one answer. */
export interface AgentUse {
  /** The sum over all parts of the turn, if tools had to be approved. */
  usage: LanguageModelUsage;
}

export interface AgentExecutorOptions {
  /**
   * Stores conversations, by user and context, and turns that wait for an approval. Share it if several
   * machines serve the agent. Default: this process's memory.
   */
  conversations?: ConversationStorage | undefined;
  /** The maximum number of earlier turns that the model receives. Default: 50. */
  maxTurns?: number | undefined;
  /**
   * Computes the value of an answer, in the currency of its payment. Called for answers with known usage. If
   * it throws, the task fails. Default: the full price.
   */
  meter?: ((use: AgentUse) => number | PromiseLike<number>) | undefined;
  /** Whether clients receive the model's reasoning. Default: `true`. */
  sendReasoning?: boolean | undefined;
  /** Whether clients receive the URLs that the model cites as sources. Default: `true`. */
  sendSources?: boolean | undefined;
  /** The names of the tools whose results clients receive as data. Default: none. */
  sendResultsOf?: readonly string[] | undefined;
  /**
   * Called with the error if a task fails. The client receives no details of it. Errors that it throws are
   * ignored. Default: `console.error`, as with `streamText`.
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
    sendResultsOf: z.array(text, 'must be a list of tool names'),
    onError: functionOf<Exclude<AgentExecutorOptions['onError'], undefined>>(),
  } satisfies ShapeOf<AgentExecutorOptions>;
}

export function agentSourceShape() {
  return {
    model: z.custom<LanguageModel>(isModel, 'must be a language model, or the id of one'),
    instructions: z.custom<Instructions | ((call: AgentCall) => Instructions)>(
      (value) => typeof value === 'string' || typeof value === 'function' || isObject(value),
      'must be a string, system messages, or a function that returns them',
    ),
    agent: having<StreamingAgent>('an agent such as a ToolLoopAgent', 'stream'),
    run: functionOf<Exclude<AgentSource['run'], undefined>>(),
  } satisfies ShapeOf<AgentSource>;
}

/** Requires exactly one source, and allows `instructions` only with `model`. */
export function withOneSource<OPTIONS extends AgentSource>(
  schema: z.ZodType<OPTIONS>,
): z.ZodType<OPTIONS> {
  return schema.superRefine(({ agent, instructions, model, run }, context) => {
    const given = Object.entries({ model, agent, run }).filter(([, value]) => value !== undefined);
    if (given.length !== 1) {
      const names = given.map(([name]) => `\`${name}\``).join(' and ');
      context.addIssue({
        code: 'custom',
        message: `needs exactly one of \`model\`, \`agent\` and \`run\`, but has ${names || 'none'}`,
      });
    } else if (model === undefined && instructions !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['instructions'],
        message: 'can only be used with `model`: an agent or a function has its own',
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
