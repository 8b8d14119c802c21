import { createA2A } from 'ai-sdk-a2a-settlement';

/**
 * @param arn `arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/my-agent`
 * @param accessToken returns a token of the OAuth provider that the runtime is configured with
 */
export function agentCore(arn: string, accessToken: () => Promise<string>) {
  const region = arn.split(':')[3];
  const host = `https://bedrock-agentcore.${region}.amazonaws.com`;
  const agents = createA2A({
    headers: async () => ({ authorization: `Bearer ${await accessToken()}` }),
    agents: { agent: { url: `${host}/runtimes/${encodeURIComponent(arn)}/invocations/` } },
  });
  return agents('agent');
}
