import type { Resolvable } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import {
  assertOptions,
  flag,
  functionOf,
  milliseconds,
  number,
  oneOf,
  optionsOf,
  text,
} from '../internal/option-schemas';
import type { A2AAgentSettings, A2AProviderSettings } from './a2a-provider-settings';
import type { A2ASdkClient } from './agent/a2a-sdk-client';
import type { A2AAuthOptions, A2AClientCredentials, A2ACredential } from './agent/auth-options';
import type { A2ACardKeys } from './agent/verify-card-signature';
import type { A2ALimits } from './client/a2a-limits';
import type { A2ATimeouts } from './client/a2a-timeouts';
import { isHttpUrl } from './agent/find-agent';
import { isGoodSecret, type A2AConversationSealing } from './message/conversation-seals';
import type { A2APolling } from './task/get-task';

let created: ReturnType<typeof createSchemas> | undefined;

/** The schemas of the settings that providers of A2A agents share, by name. */
export function settingSchemas() {
  return (created ??= createSchemas());
}

// Created on first use, not at module load: the default provider has no settings to validate.
function createSchemas() {
  const texts = z.array(text, 'must be a list of strings');
  const headers = z.custom<Resolvable<Record<string, string | undefined>>>(
    isHeaders,
    'must be an object of strings by name, a promise of one, or a function that returns one',
  );
  const timeouts = optionsOf<A2ATimeouts>({
    connectMs: milliseconds,
    firstEventMs: milliseconds,
    idleMs: milliseconds,
    totalMs: milliseconds,
  });
  const bytes = number('a number of bytes > 0, or Infinity', (value) => value > 0);
  const limits = optionsOf<A2ALimits>({ maxEventBytes: bytes, maxAnswerBytes: bytes });

  const credential = z.custom<A2ACredential>(
    (value) => typeof value === 'string' || typeof value === 'function',
    'must be a string, or a function that returns one',
  );
  const auth = optionsOf<A2AAuthOptions>({
    apiKey: credential,
    bearer: credential,
    basic: optionsOf<Required<A2AAuthOptions>['basic']>(
      { username: z.string('must be a string'), password: credential },
      ['username', 'password'],
    ),
    clientCredentials: optionsOf<A2AClientCredentials>(
      {
        clientId: z.string('must be a string'),
        clientSecret: credential,
        tokenUrl: text,
        tokenOrigins: texts,
        scopes: texts,
        parameters: z.record(
          z.string(),
          z.string('must be a string'),
          'must be an object of strings',
        ),
        authentication: oneOf('basic', 'body'),
      },
      ['clientId', 'clientSecret'],
    ),
  });

  const cardKeys = z.custom<A2ACardKeys>(
    isKeySet,
    'must be a key set such as { keys: [publicJwk] }, or a function that finds a key',
  );

  /** The settings that all providers of A2A agents share. */
  const common = {
    headers,
    fetch: functionOf<Required<A2AProviderSettings>['fetch']>(),
    cardKeys,
    cardTtlMs: milliseconds,
    polling: optionsOf<Partial<A2APolling>>({ intervalMs: milliseconds, timeoutMs: milliseconds }),
    timeouts,
    limits,
    conversation: z.union([
      z.literal('unsealed'),
      optionsOf<Exclude<A2AConversationSealing, string>>(
        {
          secret: z.custom<string | string[]>(
            isGoodSecret,
            'must have at least 32 characters; in a list, each secret must. Generate one with: openssl rand -hex 32',
          ),
        },
        [],
        "'unsealed', or an object such as { secret }",
      ),
    ]),
    name: text,
    generateId: functionOf<Required<A2AProviderSettings>['generateId']>(),
  };

  const protocol = oneOf('auto', '1.0', '0.3');
  const agent = optionsOf<A2AAgentSettings>(
    {
      url: text,
      urls: texts,
      endpoint: text,
      headers,
      protocol,
      skill: text,
      auth,
      cardKeys,
      timeouts,
      limits,
      streaming: flag,
      generate: oneOf('send', 'stream'),
      client: z.custom<Resolvable<A2ASdkClient>>(
        isSdkClient,
        "must be the A2A SDK's Client, a promise of one, or a function that returns one",
      ),
    },
    [],
    "an object. Write { url: 'https://…' }",
  )
    .refine(
      ({ endpoint, url, urls }) =>
        [endpoint, url, urls].filter((address) => address !== undefined).length < 2,
      'must have exactly one of `url`, `urls` and `endpoint`',
    )
    .refine(
      ({ generate, streaming }) => generate !== 'stream' || streaming !== false,
      "cannot have both generate: 'stream' and streaming: false",
    )
    .refine(
      ({ auth: shown, client, limits: own, protocol: spoken, urls }) =>
        client === undefined || [shown, own, spoken, urls].every((one) => one === undefined),
      'cannot have `client` together with `urls`, `auth`, `protocol` or `limits`',
    );

  const provider = optionsOf<A2AProviderSettings>({
    agents: z.record(z.string(), agent, 'must be an object of agents by name'),
    ...common,
    protocol,
    trustCardUrl: z.custom<boolean | string[]>(
      isTrust,
      'must be true, false, or a list of origins such as https://agent.example.com',
    ),
    auth,
  });

  return { common, provider };
}

/** @throws InvalidArgumentError naming each unknown or invalid setting. */
export function assertProviderSettings(settings: unknown): void {
  assertOptions(settingSchemas().provider, settings, { before: 'createA2A: ' });
}

/** An object of headers. Lists of pairs and `Headers` have no own property names, and are rejected. */
function isHeaders(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null || Symbol.iterator in value) return false;
  if ('then' in value && typeof value.then === 'function') return true;
  return Object.values(value).every((one) => one === undefined || typeof one === 'string');
}

/** That it has all methods is checked where it is loaded: a promise or a function of one shows none here. */
function isSdkClient(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null) return false;
  return ['then', 'sendMessage'].some((name) => typeof Reflect.get(value, name) === 'function');
}

function isKeySet(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null || !('keys' in value)) return false;
  const { keys } = value;
  return Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null);
}

function isTrust(value: unknown): boolean {
  if (typeof value === 'boolean') return true;
  return (
    Array.isArray(value) && value.every((origin) => typeof origin === 'string' && isHttpUrl(origin))
  );
}
