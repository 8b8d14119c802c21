import { InMemoryTaskStore } from '@a2a-js/sdk/server';
import type { AgentHandlerOptions } from './create-agent-handler';
import { type AgentCardOptions, createAgentCard } from './create-agent-card';
import { createAgentHandler } from './create-agent-handler';
import { agentExecutor, type AgentExecutorOptions } from './model/agent-executor';
import type { AgentSource } from './model/run-agent';
import {
  type PaidExecutor,
  requirePayment,
  type RequirePaymentOptions,
} from './payment/require-payment';

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
 * @throws InvalidArgumentError when there is no way to pay.
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
 *   accepts: [acceptExchange({ exchangeUrl, apiKey, accountId, price: 10, skills: ['poem'] })],
 * });
 * export { handler as GET, handler as POST, handler as DELETE };
 * ```
 */
export function createPaidAgent({
  taskStore = new InMemoryTaskStore(),
  ...options
}: PaidAgentOptions): PaidAgent {
  const { accepts } = options;
  const paid = requirePayment(agentExecutor(options, options), { ...options, taskStore });
  const card = createAgentCard({
    ...options,
    extensions: [
      ...(options.extensions ?? []),
      // Who knows one way to pay need not know the others.
      ...accepts.flatMap(({ extensions }) =>
        extensions.map((extension) => ({
          ...extension,
          required: extension.required && accepts.length === 1,
        })),
      ),
    ].filter(({ uri }, at, all) => all.findIndex((other) => other.uri === uri) === at),
  });
  const handler = createAgentHandler({ ...options, card, executor: paid, taskStore });
  return Object.assign(handler, { reconcile: paid.reconcile });
}
