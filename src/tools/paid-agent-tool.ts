import type { JSONValue } from '@ai-sdk/provider';
import {
  type Context,
  type FlexibleSchema,
  type ExecutableTool,
  type ProviderOptions,
  type Tool,
  tool,
  type ToolExecutionOptions,
} from '@ai-sdk/provider-utils';
import type { LanguageModel } from 'ai';
import { z } from 'zod/v4';
import { Budget, type BudgetAmounts } from './budget';
import { callAgent, type PaidAgentOutput } from './call-agent';
import { Conversations } from './conversations';

/** What the calling model writes where there is no `inputSchema`. */
export interface PaidAgentInput {
  /** What the agent is asked to do. */
  message: string;
}

export interface PaidAgentToolOptions<INPUT = PaidAgentInput> {
  /** The agent. One that a settlement is wrapped around is paid, any other one is just called. */
  model: LanguageModel;
  /** What the agent does, for the model that is to call it. */
  description: string;
  /** What the agent is told before the conversation. */
  instructions?: string;
  /**
   * The most that all calls of this tool may hold and spend, as long as it lives, without the ledger's fees.
   * What is refunded comes back to it; what is not known to be refunded counts. A tool without a budget is
   * bound by the settlement's `limits` alone.
   */
  budget?: BudgetAmounts;
  /** Asked by the AI SDK before each call: a person has to agree. Default: nobody has to. */
  needsApproval?: NonNullable<Tool<INPUT, PaidAgentOutput, Context>['needsApproval']>;
  /**
   * The name of the conversation that a call belongs to, for example of the chat of a user: calls of the same
   * name go on with the same conversation of the agent, and with its task where that asked back. It is the
   * application's word: never fill it from what a browser or a model says. Conversations are remembered in
   * this process, the last 1000 of them. Default: each call is a conversation of its own, and an agent that
   * asks back is refunded.
   */
  conversation?: (input: INPUT, options: ToolExecutionOptions<Context>) => string | undefined;
  /** Of each call: `{ settlement: { labels }, a2a: { skill } }`, for example. */
  providerOptions?:
    | ProviderOptions
    | ((input: INPUT, options: ToolExecutionOptions<Context>) => ProviderOptions);
  /** Sent along with each call. */
  headers?: Record<string, string>;
  /**
   * `true`: the tool's result grows while the agent writes, as preliminary results of the AI SDK. It is sent
   * each time it has grown by a fiftieth. Default: `false`.
   */
  stream?: boolean;
}

/** With an input of its own. */
export interface PaidAgentToolInput<INPUT> {
  inputSchema: FlexibleSchema<INPUT>;
  /** What the agent is asked to do. */
  message: (input: INPUT) => string;
}

type PaidAgentTool<INPUT> = ExecutableTool<Tool<INPUT, PaidAgentOutput, Context>>;

/**
 * A tool by which an AI SDK agent calls a paid agent. The calling model sees the agent's text; the tool's
 * result has the receipt besides. It is not retried: the calling model may call it again.
 *
 * A call that fails is a tool error, a `PaidAgentToolError` with its receipt; one that the budget does not
 * allow, a `BudgetExceededError`: nothing is held then.
 *
 * @throws InvalidArgumentError for a `budget` that is none.
 *
 * @example
 * ```ts
 * const planner = new ToolLoopAgent({
 *   model: 'openai/gpt-5.1',
 *   tools: {
 *     research: paidAgentTool({ model: agent, description: 'Researches a question.', budget: 50 }),
 *   },
 * });
 * ```
 */
export function paidAgentTool<INPUT>(
  options: PaidAgentToolOptions<INPUT> & PaidAgentToolInput<INPUT>,
): PaidAgentTool<INPUT>;
export function paidAgentTool(options: PaidAgentToolOptions): PaidAgentTool<PaidAgentInput>;
export function paidAgentTool<INPUT>(
  options: PaidAgentToolOptions | (PaidAgentToolOptions<INPUT> & PaidAgentToolInput<INPUT>),
): PaidAgentTool<INPUT> | PaidAgentTool<PaidAgentInput> {
  if ('inputSchema' in options) return makeTool(options);
  const inputSchema = z.object({ message: z.string().describe('What the agent is asked to do.') });
  return makeTool({ ...options, inputSchema, message: ({ message }) => message });
}

function makeTool<INPUT>({
  budget: amounts,
  conversation,
  description,
  inputSchema,
  message,
  needsApproval,
  providerOptions,
  stream = false,
  ...agent
}: PaidAgentToolOptions<INPUT> & PaidAgentToolInput<INPUT>): PaidAgentTool<INPUT> {
  const budget = new Budget(amounts);
  const conversations = new Conversations();

  return tool<INPUT, PaidAgentOutput, Context>({
    description,
    inputSchema,
    ...(needsApproval !== undefined && { needsApproval }),
    execute(input, options) {
      const name = conversation?.(input, options);
      const outputs = callAgent({
        ...agent,
        budget,
        talk: name === undefined ? undefined : conversations.named(name),
        message: message(input),
        abortSignal: options.abortSignal,
        providerOptions:
          typeof providerOptions === 'function' ? providerOptions(input, options) : providerOptions,
      });
      return stream ? outputs : lastOf(outputs);
    },
    toModelOutput: ({ output }) => ({ type: 'text', value: textOf(output) }),
  });
}

/** The rest of an answer is for the application. */
function textOf({ data, text }: PaidAgentOutput): string {
  if (text !== '' || data === undefined) return text;
  const value: JSONValue | undefined = data.length === 1 ? data[0] : data;
  return JSON.stringify(value);
}

async function lastOf(outputs: AsyncIterable<PaidAgentOutput>): Promise<PaidAgentOutput> {
  let last: PaidAgentOutput = { text: '' };
  for await (const output of outputs) last = output;
  return last;
}
