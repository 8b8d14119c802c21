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

/** An agent that is paid always streams. */
export type PaidAgentCardOptions = Omit<AgentCardOptions, 'streaming'>;

/** Card and executor are made of the other options. */
export type PaidAgentHandlerOptions = Omit<AgentHandlerOptions, 'card' | 'executor'>;

export function paidAgentCardShape(): ShapeOf<PaidAgentCardOptions> {
  const { streaming: _, ...shape } = agentCardShape();
  return shape;
}

export function paidAgentHandlerShape(): ShapeOf<PaidAgentHandlerOptions> {
  const { card: _, executor: __, ...shape } = agentHandlerShape();
  return shape;
}

/** @throws InvalidArgumentError naming each option that does not exist, or is not what it should be. */
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
