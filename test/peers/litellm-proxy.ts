import type { PeerProcess } from './peer-process';
import { startPythonServer } from './python/python-peer';

/** The folders with LiteLLM's proxy: the newest, and the last line before it spoke A2A 1.0. */
export const litellmProxies = ['litellm', 'litellm-before-1.0'] as const;

export type LiteLLMProxyName = (typeof litellmProxies)[number];

/** An agent, as config.yaml lists it. */
export interface ProxiedAgent {
  agent_name: string;
  agent_card_params: { name: string; url?: string; [more: string]: unknown };
  litellm_params?: Record<string, unknown>;
  static_headers?: Record<string, string>;
  /** Names of headers of the caller that go on to the agent. */
  extra_headers?: string[];
}

export interface LiteLLMProxy extends PeerProcess {
  /** May do anything. With `keys`, there is none. */
  masterKey: string;
}

/** Starts LiteLLM's own proxy, which takes its agents from its config.yaml. */
export async function startLiteLLMProxy(
  name: LiteLLMProxyName,
  agents: ProxiedAgent[],
  {
    keys = false,
    settings = {},
  }: {
    /** Asks litellm_keys.py who is calling. */
    keys?: boolean;
    /** Its `litellm_settings`. */
    settings?: object;
  } = {},
): Promise<LiteLLMProxy> {
  const masterKey = 'sk-master';
  const config = {
    general_settings: {
      master_key: masterKey,
      ...(keys && { custom_auth: 'litellm_keys.user_api_key_auth' }),
    },
    litellm_settings: settings,
    [name === 'litellm' ? 'agents' : 'agent_list']: agents,
  };
  const started = await startPythonServer(name, {
    script: '../litellm_proxy.py',
    settings: { config },
  });
  return { ...started, masterKey };
}

/** An entry of config.yaml for an agent that has a URL. */
export function proxied(
  name: string,
  url: string,
  { card = {}, ...more }: Partial<ProxiedAgent> & { card?: object } = {},
): ProxiedAgent {
  return {
    agent_name: name,
    agent_card_params: {
      name,
      description: 'A test agent',
      version: '1.0.0',
      url,
      capabilities: { streaming: true },
      defaultInputModes: ['text/plain'],
      defaultOutputModes: ['text/plain'],
      skills: [{ id: 'chat', name: 'Chat', description: 'Talks.', tags: [] }],
      ...card,
    },
    ...more,
  };
}
