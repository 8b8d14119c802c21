import { InvalidArgumentError } from '@ai-sdk/provider';
import { assertOptions, optionsOf } from '../internal/option-schemas';
import { SETTLEMENT_EXTENSION_URI } from '../rails/exchange/schemas';
import { type AgentCardOptions, agentCardShape, requiredOfCard } from './agent-card-options';
import { type AgentHandlerOptions, agentHandlerShape } from './agent-handler-options';
import {
  type AgentExecutorOptions,
  agentExecutorShape,
  agentSourceShape,
  withOneSource,
} from './model/agent-executor-options';
import type { AgentSource } from './model/run-agent';
import { type RequirePaymentOptions, requirePaymentShape } from './payment/require-payment-options';

export type PaidAgentOptions = AgentSource &
  PaidAgentCardOptions &
  PaidAgentHandlerOptions &
  AgentExecutorOptions &
  Omit<RequirePaymentOptions, 'taskStore'>;

/** An agent that is paid always streams. */
export type PaidAgentCardOptions = Omit<AgentCardOptions, 'streaming'>;

/** Card and executor are made of the other options. */
export type PaidAgentHandlerOptions = Omit<AgentHandlerOptions, 'card' | 'executor'>;

export function paidAgentCardShape() {
  const { streaming: _, ...shape } = agentCardShape();
  return shape;
}

export function paidAgentHandlerShape() {
  const { card: _, executor: __, ...shape } = agentHandlerShape();
  return shape;
}

/**
 * @throws InvalidArgumentError naming each option that does not exist, or is not what it should be, and
 * prices for skills that the agent does not have: nobody could ask for them.
 */
export function assertPaidAgentOptions(options: PaidAgentOptions): void {
  const schema = optionsOf<PaidAgentOptions>(
    {
      ...agentSourceShape(),
      ...paidAgentCardShape(),
      ...agentExecutorShape(),
      ...requirePaymentShape(),
      ...paidAgentHandlerShape(),
    },
    [...requiredOfCard, 'accepts'],
  );
  assertOptions(withOneSource(schema), options, { before: 'createPaidAgent: ' });
  const skills = options.skills.map(({ id }) => id);
  const priced = options.accepts
    .flatMap(({ extensions }) => extensions)
    .filter(({ uri }) => uri === SETTLEMENT_EXTENSION_URI)
    .flatMap(({ params }) => Object.keys(params?.['pricing'] ?? {}));
  const unknown = priced.find((id) => !skills.includes(id));
  if (unknown === undefined) return;
  throw new InvalidArgumentError({
    argument: 'accepts',
    message: `createPaidAgent: \`accepts\` has a price for the skill ${JSON.stringify(unknown)}, which is none of \`skills\`: ${skills.join(', ') || 'there are none'}.`,
  });
}
