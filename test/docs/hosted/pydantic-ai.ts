import { createA2A } from 'ai-sdk-a2a-settlement';

/** @param token whatever the server in front of the agent asks for */
export function pydanticAI(url: string, token: string) {
  const agents = createA2A({
    headers: { authorization: `Bearer ${token}` },
    agents: { agent: { url } },
  });
  return agents('agent');
}
