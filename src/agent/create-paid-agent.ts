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

/** An agent that requires payment, as a function from Request to Response. */
export type PaidAgent = ((request: Request) => Promise<Response>) & Pick<PaidExecutor, 'reconcile'>;

/**
 * Sells the output of an AI SDK model, a `ToolLoopAgent`, or any function that returns a stream: an A2A agent
 * as a function from Request to Response. Its card lists the ways to pay, built from the same `accepts` that
 * payments are verified with.
 *
 * With `storage`, tasks and conversations are stored there too, unless `taskStore` or `conversations` is
 * given. The card's default output modes are text and JSON, unless `outputModes` is given. Without `onError`,
 * failures are printed with `console.error`.
 *
 * @throws InvalidArgumentError if there is no way to pay, if a price is given for an unknown skill, if an
 * entry of `extensions` is also one of `accepts`; and naming each unknown or invalid option.
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
  // Each schema is strict, so each function gets only its own options.
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
