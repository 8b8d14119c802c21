/**
 * The entry of `agents` for a model id. Spelt like the model, or else another spelling of the same URL,
 * or the name that follows `a2a/` (so LiteLLM's OpenAI-compatible endpoint names agents).
 */
export function agentSettings<SETTINGS>(
  agents: Record<string, SETTINGS> | undefined = {},
  modelId: string,
): SETTINGS | undefined {
  if (Object.hasOwn(agents, modelId)) return agents[modelId];
  return Object.entries(agents).find(([listed]) => isSameAgent(listed, modelId))?.[1];
}

/** Whether what a developer lists is the agent that this model id stands for. */
export function isSameAgent(listed: string, modelId: string): boolean {
  return spellingOf(listed) === spellingOf(modelId) || `${gatewayPrefix}${listed}` === modelId;
}

/** Begins the ids of agents behind LiteLLM's OpenAI-compatible endpoint. */
export const gatewayPrefix = 'a2a/';

/** One for all URLs that are one: scheme and host in small letters, no default port, no slash at the end. */
export function spellingOf(modelId: string): string {
  if (!/^https?:/i.test(modelId) || !URL.canParse(modelId)) return modelId;
  const url = new URL(modelId);
  if (url.pathname.endsWith('/')) url.pathname = url.pathname.slice(0, -1);
  return url.href;
}
