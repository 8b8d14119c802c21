import type { FetchFunction } from '@ai-sdk/provider-utils';
import { A2ACredentials } from './auth-credentials';
import type { A2AAuthOptions } from './auth-options';
import { A2ATokens } from './auth-tokens';
import { authorizeFetch } from './authorize-fetch';
import type { CardSecurity } from './read-card-security';

/** The authentication of requests to one agent. */
export interface AgentAuth {
  /** The values that must be redacted from errors, by name. */
  secrets(): [string, string][];
  /** @param security the card's declaration; undefined without a card. */
  authorize(fetch: FetchFunction, security: CardSecurity | undefined): FetchFunction;
}

/** Creates the authentication for all agents of a provider, which share their tokens. */
export function createAuth(
  config: ConstructorParameters<typeof A2ATokens>[0],
): (of: { agent: string; url: string; auth: A2AAuthOptions }) => AgentAuth {
  const tokens = new A2ATokens(config);
  return (of) => {
    const credentials = new A2ACredentials({ ...of, tokens });
    return {
      secrets: () => credentials.secrets(),
      authorize: (fetch, security) => authorizeFetch({ fetch, credentials, security }),
    };
  };
}
