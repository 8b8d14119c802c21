import type { JSONObject } from '@ai-sdk/provider';
import type { FetchFunction } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import { A2AProtocolError } from '../client/a2a-error';
import { httpError, networkError } from '../client/a2a-response-error';
import { readLimitedText } from '../../internal/read-limited-text';

/** An agent in a LiteLLM gateway's registry. */
export interface LiteLLMAgent {
  /** The agent's id at the gateway, which is also a model id. */
  id: string;
  /** The agent's registered name: its model id. */
  name: string;
  description: string | undefined;
  skills: { id: string; name: string | undefined; description: string | undefined }[];
  isPublic: boolean;
  /** With `query`: the relevance score. */
  score: number | undefined;
  /** The card as registered. */
  card: JSONObject;
}

export interface ListLiteLLMAgentsOptions {
  /** Omits agents that the gateway cannot reach. Default: `false`. */
  healthCheck?: boolean;
  /**
   * A task description: returns the best matching agents, best first. The gateway must be configured for it.
   */
  query?: string;
  /** With `query`: the maximum number of agents. Default: the gateway's. */
  topK?: number;
  abortSignal?: AbortSignal;
}

/**
 * Lists the agents in the gateway's registry that a key may use.
 *
 * @throws A2AProtocolError
 */
export async function listLiteLLMAgents(
  { abortSignal, healthCheck, query, topK }: ListLiteLLMAgentsOptions,
  {
    baseURL,
    fetch,
    headers,
  }: { baseURL: string; fetch: FetchFunction; headers: Record<string, string> },
): Promise<LiteLLMAgent[]> {
  const url = new URL(`${baseURL}/v1/agents`);
  if (healthCheck === true) url.searchParams.set('health_check', 'true');
  if (query !== undefined) url.searchParams.set('query', query);
  if (topK !== undefined) url.searchParams.set('top_k', String(topK));
  const context = { agent: 'LiteLLM gateway', url: url.href, headers: new Headers(headers) };

  const response = await request();
  if (!response.ok) throw await httpError(response, context);
  const listed = agentList.safeParse(await readJson(response));
  if (!listed.success) {
    const message = 'The response of the LiteLLM gateway is not a list of agents.';
    throw new A2AProtocolError({ ...context, message, statusCode: response.status });
  }
  return listed.data;

  async function request(): Promise<Response> {
    try {
      return await fetch(url.href, {
        headers: { accept: 'application/json', ...headers },
        redirect: 'manual',
        ...(abortSignal !== undefined && { signal: abortSignal }),
      });
    } catch (error) {
      throw abortSignal?.aborted === true ? error : networkError(error, context);
    }
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return JSON.parse((await readLimitedText(response, maxRegistryBytes)) ?? '');
  } catch {
    return undefined;
  }
}

const maxRegistryBytes = 16 * 1024 * 1024;

const text = z.string().optional().catch(undefined);

const registeredAgent = z
  .looseObject({
    agent_id: z.string(),
    agent_name: z.string(),
    agent_card_params: z.record(z.string(), z.json()).nullish().catch(undefined),
    litellm_params: z.looseObject({ is_public: z.boolean().optional() }).nullish().catch(undefined),
    search_score: z.number().nullish().catch(undefined),
  })
  .transform(
    ({ agent_id, agent_name, agent_card_params, litellm_params, search_score }): LiteLLMAgent => {
      const card = agent_card_params ?? {};
      const { description, skills } = describedCard.parse(card);
      return {
        id: agent_id,
        name: agent_name,
        description,
        skills,
        isPublic: litellm_params?.is_public ?? false,
        score: search_score ?? undefined,
        card,
      };
    },
  );

const describedCard = z.object({
  description: text,
  skills: z
    .array(
      z
        .object({ id: z.string(), name: text, description: text })
        .transform(({ id, name, description }) => ({ id, name, description })),
    )
    .catch([]),
});

/** LiteLLM's code returns a list; its documentation of permissions shows the list in an object. */
const agentList = z.union([
  z.array(registeredAgent),
  z.looseObject({ agents: z.array(registeredAgent) }).transform(({ agents }) => agents),
]);
