import { InMemoryTaskStore } from '@a2a-js/sdk/server';
import { InvalidArgumentError } from '@ai-sdk/provider';
import { partOf } from '../internal/option-schemas';
import { createAgentCard } from './create-agent-card';
import { createAgentHandler } from './create-agent-handler';
import { createAgentExecutor } from './model/create-agent-executor';
import {
  type AgentExecutorOptions,
  agentExecutorShape,
  agentSourceShape,
} from './model/agent-executor-options';
import type { AgentSource } from './model/run-agent';
import { paymentExtensions } from './payment/payment-extensions';
import {
  assertPaidAgentOptions,
  type PaidAgentCardOptions,
  paidAgentCardShape,
  type PaidAgentHandlerOptions,
  paidAgentHandlerShape,
  type PaidAgentOptions,
} from './paid-agent-options';
import { type PaidExecutor, requirePayment } from './payment/require-payment';
import { type RequirePaymentOptions, requirePaymentShape } from './payment/require-payment-options';
import { storedTaskStore } from './stored-task-store';

/** An agent that is paid, as a function from Request to Response. */
export type PaidAgent = ((request: Request) => Promise<Response>) & Pick<PaidExecutor, 'reconcile'>;

/**
 * Sells the work of an AI SDK model, a `ToolLoopAgent`, or any function that returns a stream: an A2A
 * agent as a function from Request to Response, with a card that names the ways to pay, built from the
 * same `accepts` that payments are checked with.
 *
 * With `storage`, tasks and conversations are kept there too, unless `taskStore` or `conversations` say otherwise.
 * Cards say that text and JSON come out, unless `outputModes` says otherwise. A failure that no `onError` is
 * told of is printed with `console.error`.
 *
 * @throws InvalidArgumentError when there is no way to pay, for a price of a skill that the agent does not
 * have, for an entry of `extensions` that is one of `accepts`, and naming each option that does not exist, or
 * is not what it should be.
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
export function createPaidAgent(options: PaidAgentOptions): PaidAgent {
  assertPaidAgentOptions(options);
  const { accepts, extensions = [], storage } = options;
  const {
    outputModes = ['text/plain', 'application/json'],
    conversations = storage,
    taskStore = storage === undefined ? new InMemoryTaskStore() : storedTaskStore(storage),
  } = options;
  // Each part knows its own options, and no others.
  const executor = createAgentExecutor(partOf<AgentSource>(options, agentSourceShape()), {
    ...partOf<AgentExecutorOptions>(options, agentExecutorShape()),
    conversations,
  });
  const paid = requirePayment(executor, {
    ...partOf<RequirePaymentOptions>(options, requirePaymentShape()),
    taskStore,
  });
  const payments = paymentExtensions(
    accepts,
    options.skills.map(({ id }) => id),
  );
  const shadow = extensions.find((own) => payments.some(({ uri }) => uri === own.uri));
  if (shadow !== undefined) {
    throw new InvalidArgumentError({
      argument: 'extensions',
      message: `The card's entry for ${shadow.uri} comes from \`accepts\`, which payments are checked with.`,
    });
  }
  const card = createAgentCard({
    ...partOf<PaidAgentCardOptions>(options, paidAgentCardShape()),
    outputModes,
    extensions: [...extensions, ...payments],
  });
  const handler = createAgentHandler({
    ...partOf<PaidAgentHandlerOptions>(options, paidAgentHandlerShape()),
    card,
    executor: paid,
    taskStore,
  });
  return Object.assign(handler, { reconcile: paid.reconcile });
}
