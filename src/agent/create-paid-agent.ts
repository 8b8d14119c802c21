import { InMemoryTaskStore } from '@a2a-js/sdk/server';
import { partOf } from '../internal/option-schemas';
import { createAgentCard } from './create-agent-card';
import { createAgentHandler } from './create-agent-handler';
import { agentExecutor } from './model/agent-executor';
import {
  type AgentExecutorOptions,
  agentExecutorShape,
  agentSourceShape,
} from './model/agent-executor-options';
import type { AgentSource } from './model/run-agent';
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

/** An agent that is paid, as a function from Request to Response. */
export type PaidAgent = ((request: Request) => Promise<Response>) & Pick<PaidExecutor, 'reconcile'>;

/**
 * Sells the work of an AI SDK model, a `ToolLoopAgent`, or any function that returns a stream: an A2A
 * agent as a function from Request to Response, with a card that names the ways to pay, built from the
 * same `accepts` that payments are checked with.
 *
 * A failure that no `onError` is told of is printed with `console.error`.
 *
 * @throws InvalidArgumentError when there is no way to pay, or one with prices for other skills than the
 * agent's; and naming each option that does not exist, or is not what it should be.
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
export function createPaidAgent(options: PaidAgentOptions): PaidAgent {
  assertPaidAgentOptions(options);
  const { accepts, extensions = [], taskStore = new InMemoryTaskStore() } = options;
  // Each part knows its own options, and no others.
  const executor = agentExecutor(
    partOf<AgentSource>(options, agentSourceShape()),
    partOf<AgentExecutorOptions>(options, agentExecutorShape()),
  );
  const paid = requirePayment(executor, {
    ...partOf<RequirePaymentOptions>(options, requirePaymentShape()),
    taskStore,
  });
  const card = createAgentCard({
    ...partOf<PaidAgentCardOptions>(options, paidAgentCardShape()),
    extensions: [
      ...extensions,
      // Who knows one way to pay need not know the others.
      ...accepts.flatMap((accept) =>
        accept.extensions.map((extension) => ({
          ...extension,
          required: extension.required && accepts.length === 1,
        })),
      ),
    ].filter(({ uri }, at, all) => all.findIndex((other) => other.uri === uri) === at),
  });
  const handler = createAgentHandler({
    ...partOf<PaidAgentHandlerOptions>(options, paidAgentHandlerShape()),
    card,
    executor: paid,
    taskStore,
  });
  return Object.assign(handler, { reconcile: paid.reconcile });
}
