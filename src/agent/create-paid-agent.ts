import { InMemoryTaskStore } from '@a2a-js/sdk/server';
import { InvalidArgumentError } from '@ai-sdk/provider';
import type { AgentHandlerOptions } from './create-agent-handler';
import { type AgentCardOptions, createAgentCard } from './create-agent-card';
import { createAgentHandler } from './create-agent-handler';
import { agentExecutor, type AgentExecutorOptions } from './model/agent-executor';
import type { AgentSource } from './model/run-agent';
import { paymentExtensions } from './payment/payment-extensions';
import {
  type PaidExecutor,
  requirePayment,
  type RequirePaymentOptions,
} from './payment/require-payment';
import { storedTaskStore } from './stored-task-store';

export type PaidAgentOptions = AgentSource &
  Omit<AgentCardOptions, 'streaming'> &
  Omit<AgentHandlerOptions, 'card' | 'executor'> &
  AgentExecutorOptions &
  Omit<RequirePaymentOptions, 'taskStore'>;

/** An agent that is paid, as a function from Request to Response. */
export type PaidAgent = ((request: Request) => Promise<Response>) & Pick<PaidExecutor, 'reconcile'>;

/**
 * Sells the work of an AI SDK model, a `ToolLoopAgent`, or any function that returns a stream: an A2A
 * agent as a function from Request to Response, with a card that names the ways to pay, built from the
 * same `accepts` that payments are checked with.
 *
 * With `storage`, tasks and conversations are kept there too, unless `taskStore` or `talks` say otherwise.
 * Cards say that text and JSON come out, unless `outputModes` says otherwise.
 *
 * @throws InvalidArgumentError when there is no way to pay, for a price of a skill that the agent does not
 * have, and for an entry of `extensions` that is one of `accepts`.
 *
 * @example
 * ```ts
 * // app/agent/[[...path]]/route.ts
 * const handler = createPaidAgent({
 *   model: 'openai/gpt-5.1',
 *   url: 'https://shop.example.com/agent',
 *   name: 'poet',
 *   description: 'Writes poems.',
 *   skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
 *   accepts: [acceptExchange({ exchangeUrl, apiKey, accountId, price: 10 })],
 * });
 * export { handler as GET, handler as POST, handler as DELETE };
 * ```
 */
export function createPaidAgent({
  accepts,
  extensions = [],
  outputModes = ['text/plain', 'application/json'],
  storage,
  taskStore = storage === undefined ? new InMemoryTaskStore() : storedTaskStore(storage),
  talks = storage,
  ...options
}: PaidAgentOptions): PaidAgent {
  const executor = agentExecutor(options, { ...options, talks });
  const paid = requirePayment(executor, { ...options, accepts, storage, taskStore });
  const skillIds = options.skills.map(({ id }) => id);
  const payments = paymentExtensions(accepts, skillIds);
  const shadow = extensions.find((own) => payments.some(({ uri }) => uri === own.uri));
  if (shadow !== undefined) {
    throw new InvalidArgumentError({
      argument: 'extensions',
      message: `The card's entry for ${shadow.uri} comes from \`accepts\`, which payments are checked with.`,
    });
  }
  const card = createAgentCard({
    ...options,
    outputModes,
    extensions: [...extensions, ...payments],
  });
  const handler = createAgentHandler({ ...options, card, executor: paid, taskStore });
  return Object.assign(handler, { reconcile: paid.reconcile });
}
