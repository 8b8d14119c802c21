import type { FetchFunction } from '@ai-sdk/provider-utils';
import { A2ACredentials } from './auth-credentials';
import type { A2AAuthOptions } from './auth-options';
import { A2ATokens } from './auth-tokens';
import { authorizeFetch } from './authorize-fetch';
import type { CardSecurity } from './read-card-security';

/** What one agent is shown of the caller's credentials. */
export interface AgentAuth {
  /** What must not get into an error, by the name it goes under. */
  secrets(): [string, string][];
  /** @param security what the card declares; undefined where there is no card (yet). */
  authorize(fetch: FetchFunction, security: CardSecurity | undefined): FetchFunction;
}

/** For all agents of a provider, which share their tokens. */
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
