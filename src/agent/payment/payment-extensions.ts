import type { AgentExtension } from '@a2a-js/sdk';
import { InvalidArgumentError } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import type { AcceptedPayment } from './accepted-payment';

/**
 * The agent card entries of these ways to pay, without duplicates. An entry is `required` only if there is
 * one way to pay: a client that supports one of several needs not support the others.
 *
 * @throws InvalidArgumentError for a price of a skill that is not in `skillIds`.
 *
 * @example
 * ```ts
 * import { createAgentCard, paymentExtensions } from 'ai-sdk-a2a-settlement/agent';
 *
 * const card = createAgentCard({
 *   url: 'https://shop.example.com/agent',
 *   name: 'poet',
 *   description: 'Writes poems.',
 *   skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
 *   extensions: paymentExtensions(accepts, ['poem']),
 * });
 * ```
 */
export function paymentExtensions(
  accepts: readonly AcceptedPayment[],
  skillIds: readonly string[],
): AgentExtension[] {
  const entries = accepts.flatMap((accept) => accept.extensions(skillIds));
  const priced = entries.flatMap(({ params }) => pricedSkills(params));
  const unknown = priced.find((skillId) => !skillIds.includes(skillId));
  if (unknown !== undefined) {
    throw new InvalidArgumentError({
      argument: 'pricing',
      message: `There is a price for "${unknown}", which is not a skill of the card.`,
    });
  }
  return entries
    .filter(({ uri }, at) => entries.findIndex((other) => other.uri === uri) === at)
    .map((entry) => ({ ...entry, required: entry.required && accepts.length === 1 }));
}

function pricedSkills(params: AgentExtension['params']): string[] {
  return Object.keys(pricedSchema.safeParse(params).data?.pricing ?? {});
}

const pricedSchema = z.object({ pricing: z.record(z.string(), z.unknown()) });
