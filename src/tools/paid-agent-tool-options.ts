import {
  type Context,
  type FlexibleSchema,
  type ProviderOptions,
  type Tool,
  type ToolExecutionOptions,
} from '@ai-sdk/provider-utils';
import type { LanguageModel } from 'ai';
import * as z from 'zod/v4';
import { assertOptions, flag, functionOf, optionsOf, text } from '../internal/option-schemas';
import type { BudgetAmounts } from './budget';
import type { PaidAgentOutput } from './call-agent';

/** The input that the calling model writes if there is no `inputSchema`. */
export interface PaidAgentInput {
  /** The request to the agent. */
  message: string;
}

export interface PaidAgentToolOptions<INPUT = PaidAgentInput> {
  /** The agent. It is paid if the model is wrapped by a settlement. */
  model: LanguageModel;
  /** A description of the agent for the calling model. */
  description: string;
  /** Instructions for the agent, sent before the conversation. */
  instructions?: string;
  /**
   * The maximum amount that all calls of this tool may hold and spend during its lifetime, excluding the
   * ledger's fees. Confirmed refunds are available again. Default: limited only by the `limits` of the
   * settlement.
   */
  budget?: BudgetAmounts;
  /** Whether a person must approve a call, evaluated by the AI SDK before each call. Default: no approval. */
  needsApproval?: NonNullable<Tool<INPUT, PaidAgentOutput, Context>['needsApproval']>;
  /**
   * The name of the conversation that a call belongs to, for example a user's chat id. Calls with the same
   * name continue the same conversation with the agent, and its task if the agent requested input. The name
   * must come from the application, never from a browser or a model. The last 1000 conversations are kept in
   * this process. Default: each call is a new conversation, and a call is refunded if the agent requests
   * input.
   */
  conversation?: (input: INPUT, options: ToolExecutionOptions<Context>) => string | undefined;
  /** The provider options of each call, for example `{ settlement: { labels }, a2a: { skill } }`. */
  providerOptions?:
    | ProviderOptions
    | ((input: INPUT, options: ToolExecutionOptions<Context>) => ProviderOptions);
  /** Headers of each call. */
  headers?: Record<string, string>;
  /**
   * `true`: sends preliminary tool results of the AI SDK while the agent responds, each time the result has
   * grown by 2 %. Default: `false`.
   */
  stream?: boolean;
}

/** Options with an `inputSchema` of your own. */
export interface PaidAgentToolInput<INPUT> {
  inputSchema: FlexibleSchema<INPUT>;
  /** Creates the request to the agent from the input. */
  message: (input: INPUT) => string;
}

type AllOptions = PaidAgentToolOptions<unknown> & Partial<PaidAgentToolInput<unknown>>;

/** @throws InvalidArgumentError naming each unknown or invalid option. */
export function assertPaidAgentToolOptions(options: unknown): void {
  const schema = optionsOf<AllOptions>(
    {
      model: z.custom<LanguageModel>(isModel, 'must be a language model, or the id of one'),
      description: text,
      instructions: z.string('must be a string'),
      // The budget is validated by `Budget`.
      budget: z.custom<BudgetAmounts>(),
      needsApproval: z.custom<Exclude<AllOptions['needsApproval'], undefined>>(
        (value) => typeof value === 'boolean' || typeof value === 'function',
        'must be true, false or a function',
      ),
      conversation: functionOf<Exclude<AllOptions['conversation'], undefined>>(),
      providerOptions: z.custom<Exclude<AllOptions['providerOptions'], undefined>>(
        (value) => typeof value === 'function' || isObject(value),
        'must be an object, or a function that returns one',
      ),
      headers: z.record(
        z.string(),
        z.string('must be a string'),
        'must be an object with string values',
      ),
      stream: flag,
      inputSchema: z.custom<FlexibleSchema<unknown>>(
        (value) => typeof value === 'function' || isObject(value),
        'must be a schema',
      ),
      message: functionOf<(input: unknown) => string>(),
    },
    ['model', 'description'],
  );
  const whole = schema
    .refine((given) => given.inputSchema === undefined || given.message !== undefined, {
      path: ['message'],
      error: 'must be a function of the input if there is an `inputSchema`',
    })
    .refine(
      (given) => given.inputSchema !== undefined || !('inputSchema' in given || 'message' in given),
      {
        path: ['inputSchema'],
        error: 'must be a schema if there is a `message`: give both or neither',
      },
    );
  assertOptions(whole, options, { before: 'paidAgentTool: ' });
}

function isModel(value: unknown): boolean {
  if (typeof value === 'string') return value !== '';
  return isObject(value) && typeof Reflect.get(value, 'doStream') === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
