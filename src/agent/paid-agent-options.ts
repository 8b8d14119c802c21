import { assertOptions, optionsOf, type ShapeOf } from '../internal/option-schemas';
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

/** A paid agent always supports streaming. */
export type PaidAgentCardOptions = Omit<AgentCardOptions, 'streaming'>;

/** Card and executor are derived from the other options. */
export type PaidAgentHandlerOptions = Omit<AgentHandlerOptions, 'card' | 'executor'>;

export function paidAgentCardShape(): ShapeOf<PaidAgentCardOptions> {
  const { streaming: _, ...shape } = agentCardShape();
  return shape;
}

export function paidAgentHandlerShape(): ShapeOf<PaidAgentHandlerOptions> {
  const { card: _, executor: __, ...shape } = agentHandlerShape();
  return shape;
}

/** @throws InvalidArgumentError naming each unknown or invalid option. */
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
}
