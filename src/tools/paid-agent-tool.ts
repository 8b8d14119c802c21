import type { JSONValue } from '@ai-sdk/provider';
import { type Context, type ExecutableTool, type Tool, tool } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import { Budget } from './budget';
import { callAgent, type PaidAgentOutput } from './call-agent';
import { Conversations } from './conversations';
import {
  assertPaidAgentToolOptions,
  type PaidAgentInput,
  type PaidAgentToolInput,
  type PaidAgentToolOptions,
} from './paid-agent-tool-options';

type PaidAgentTool<INPUT> = ExecutableTool<Tool<INPUT, PaidAgentOutput, Context>>;

/**
 * Creates a tool that lets an AI SDK agent call a paid agent. The calling model sees only the agent's text;
 * the tool's result also contains the receipt. Calls are not retried: the calling model may call the tool
 * again.
 *
 * A failed call is a tool error: a `PaidAgentToolError` with its receipt, or a `BudgetExceededError` if the
 * budget is too small, in which case nothing was held.
 *
 * @throws InvalidArgumentError naming each unknown or invalid option.
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
  assertPaidAgentToolOptions(options);
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

/** The calling model receives only the text, or the data if there is no text. */
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
