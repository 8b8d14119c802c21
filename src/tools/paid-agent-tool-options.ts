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

type AllOptions = PaidAgentToolOptions<unknown> & Partial<PaidAgentToolInput<unknown>>;

/** @throws InvalidArgumentError naming each option that does not exist, or is not what it should be. */
export function assertPaidAgentToolOptions(options: unknown): void {
  const schema = optionsOf<AllOptions>(
    {
      model: z.custom<LanguageModel>(isModel, 'must be a language model, or the id of one'),
      description: text,
      instructions: z.string('must be a text'),
      // What it must be is said where it is read.
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
      headers: z.record(z.string(), z.string('must be a text'), 'must be an object of texts'),
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
      error: 'must be a function of the input, where there is an `inputSchema`',
    })
    .refine(
      (given) => given.inputSchema !== undefined || !('inputSchema' in given || 'message' in given),
      {
        path: ['inputSchema'],
        error: 'must be a schema, where there is a `message`: leave out both, or none',
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
