import { createA2A } from 'ai-sdk-a2a-settlement';

/**
 * @param project `https://my-account.services.ai.azure.com/api/projects/my-project`
 * @param accessToken returns a Microsoft Entra token with the scope `https://ai.azure.com/.default`
 */
export function foundry(project: string, agent: string, accessToken: () => Promise<string>) {
  const agents = createA2A({
    headers: async () => ({ authorization: `Bearer ${await accessToken()}` }),
    agents: {
      agent: { endpoint: `${project}/agents/${agent}/endpoint/protocols/a2a`, protocol: '1.0' },
    },
  });
  return agents('agent');
}
