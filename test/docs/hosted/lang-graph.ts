import { createA2A } from 'ai-sdk-a2a-settlement';

/**
 * @param deployment `https://my-deployment.us.langgraph.app`
 * @param assistantId the id of the assistant, not the name of its graph
 * @param apiKey a LangSmith API key
 */
export function langGraph(deployment: string, assistantId: string, apiKey: string) {
  const agents = createA2A({
    headers: { 'x-api-key': apiKey },
    agents: { agent: { url: `${deployment}/a2a/${assistantId}`, protocol: '0.3' } },
  });
  return agents('agent');
}
