/**
 * The entry of `agents` for a model id: first the same spelling, then another spelling of the same URL, then
 * the name after `a2a/` (LiteLLM's OpenAI-compatible endpoint names agents so).
 */
export function agentSettings<SETTINGS>(
  agents: Record<string, SETTINGS> | undefined = {},
  modelId: string,
): SETTINGS | undefined {
  if (Object.hasOwn(agents, modelId)) return agents[modelId];
  return Object.entries(agents).find(([listed]) => isSameAgent(listed, modelId))?.[1];
}

/** Whether a listed agent is the agent with this model id. */
export function isSameAgent(listed: string, modelId: string): boolean {
  return spellingOf(listed) === spellingOf(modelId) || `${gatewayPrefix}${listed}` === modelId;
}

/** The prefix of agent ids at LiteLLM's OpenAI-compatible endpoint. */
export const gatewayPrefix = 'a2a/';

/** The canonical spelling of a URL: scheme and host in lower case, no default port, no trailing slash. */
export function spellingOf(modelId: string): string {
  if (!/^https?:/i.test(modelId) || !URL.canParse(modelId)) return modelId;
  const url = new URL(modelId);
  if (url.pathname.endsWith('/')) url.pathname = url.pathname.slice(0, -1);
  return url.href;
}
