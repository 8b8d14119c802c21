import type { AgentCard, AgentExtension } from '@a2a-js/sdk';
import { createAgentCard } from '../../../src/agent';

/** The card of the agent that plays the TCK's scenarios. */
export function tckCard(
  url: string,
  offers: { streaming?: boolean; pushNotifications?: boolean; extensions?: AgentExtension[] } = {},
): AgentCard {
  return createAgentCard({
    url,
    name: 'TCK agent',
    description: 'Plays the scenarios of the A2A Technology Compatibility Kit.',
    skills: [{ id: 'tck', name: 'TCK', description: 'Any scenario.', tags: ['tck'] }],
    pushNotifications: true,
    ...offers,
  });
}

/** The extension that the TCK looks for on a card, to leave it out of its requests. */
export const requiredExtension: AgentExtension = {
  uri: 'urn:a2a:tck:required-extension',
  description: 'Required, and of no use.',
  required: true,
  params: undefined,
};

/** The card without protocol 0.3. */
export function withoutLegacy(card: AgentCard): AgentCard {
  const supportedInterfaces = card.supportedInterfaces.filter(
    ({ protocolVersion }) => protocolVersion === '1.0',
  );
  return { ...card, supportedInterfaces };
}
