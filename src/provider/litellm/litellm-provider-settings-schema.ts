import * as z from 'zod/v4';
import { assertOptions, flag, oneOf, optionsOf, text } from '../../internal/option-schemas';
import { settingSchemas } from '../a2a-provider-settings-schema';
import type { LiteLLMAgentSettings, LiteLLMProviderSettings } from './litellm-provider-settings';

let created: ReturnType<typeof createSchema> | undefined;

function createSchema() {
  const { common } = settingSchemas();
  const { headers, timeouts } = common;
  const protocol = oneOf('1.0', '0.3');
  const agent = optionsOf<LiteLLMAgentSettings>(
    {
      agent: text,
      agentHeaders: headers,
      cardUrl: text,
      protocol,
      skill: text,
      streaming: flag,
      generate: oneOf('send', 'stream'),
      timeouts,
    },
    [],
    "an object. Write { agent: 'its name in the gateway' }",
  );
  return optionsOf<LiteLLMProviderSettings>({
    ...common,
    baseURL: z.string('must be a string'),
    apiKey: z.string('must be a string'),
    apiKeyHeader: oneOf('authorization', 'x-litellm-api-key'),
    agents: z.record(z.string(), agent, 'must be an object of agents by name'),
    agentHeaders: headers,
    protocol,
  });
}

/** @throws InvalidArgumentError naming each unknown or invalid setting. */
export function assertLiteLLMSettings(settings: unknown): void {
  assertOptions((created ??= createSchema()), settings, { before: 'createLiteLLM: ' });
}
