import { createA2A } from 'ai-sdk-a2a-settlement';

/**
 * @param resource `projects/my-project/locations/us-central1/reasoningEngines/123`
 * @param accessToken returns an OAuth 2 access token with the scope `cloud-platform`
 */
export function agentEngine(resource: string, accessToken: () => Promise<string>) {
  const location = resource.split('/')[3];
  const url = `https://${location}-aiplatform.googleapis.com/v1beta1/${resource}/a2a`;
  const agents = createA2A({
    headers: async () => ({ authorization: `Bearer ${await accessToken()}` }),
    // Agent Engine has the card at /v1/card.
    fetch: (input, init) =>
      fetch(String(input).replace(/\/\.well-known\/agent(-card)?\.json$/, '/v1/card'), init),
    agents: { agent: { url } },
  });
  return agents('agent');
}
