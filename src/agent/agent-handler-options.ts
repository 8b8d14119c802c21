import type { AgentCard } from '@a2a-js/sdk';
import type { AgentExecutor, PushNotificationStore, TaskStore, User } from '@a2a-js/sdk/server';
import * as z from 'zod/v4';
import {
  functionOf,
  having,
  milliseconds,
  number,
  oneOf,
  optionsOf,
  type ShapeOf,
  text,
} from '../internal/option-schemas';
import type { AgentPushOptions } from './admit-callback';
import type { WaitUntil } from './event-stream-response';
import type { ExecutorGate } from './executor-gate';
import type { CardSigning } from './sign-card';

export interface AgentHandlerOptions {
  /** What the agent says of itself; `createAgentCard` builds one. */
  card: AgentCard;
  /** Does the work. The official SDK's interface; `requirePayment` makes one that is paid. */
  executor: AgentExecutor & ExecutorGate;
  /** Where the handler is mounted. Default: the path of the card's first interface. */
  basePath?: string | undefined;
  /**
   * How long a caller may keep the card, its prices included, before it asks again. 0: it asks each
   * time. Default: 300 seconds.
   */
  cardMaxAgeSeconds?: number | undefined;
  /** Signs the card, so that callers who know the public key can tell that it is yours. */
  signing?: CardSigning | undefined;
  /** How long the body of a request may be. Files in messages count. Default: 4194304 (4 MiB). */
  maxBodyBytes?: number | undefined;
  /** Default: tasks live in this process's memory. */
  taskStore?: TaskStore | undefined;
  /** Used when the card offers push notifications. Default: this process's memory. */
  pushNotificationStore?: PushNotificationStore | undefined;
  /** Where push notifications go: by default to public https addresses only. */
  push?: AgentPushOptions | undefined;
  /** Posts push notifications. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /**
   * Says who calls; undefined answers 401. Tasks belong to their user. The agent card is public.
   * Default: everyone may call.
   */
  authenticate?: ((request: Request) => Promise<User | undefined> | User | undefined) | undefined;
  /** Keeps a serverless runtime alive while a task outlives its caller. */
  waitUntil?: WaitUntil | undefined;
}

export function agentHandlerShape(): ShapeOf<AgentHandlerOptions> {
  const count = number('a number from 0', (value) => value >= 0);
  const texts = z.array(text, 'must be a list of texts');
  return {
    card: z.custom<AgentCard>(isCard, 'must be a card such as createAgentCard() makes'),
    executor: executorSchema(),
    basePath: z.string('must be a text'),
    cardMaxAgeSeconds: number('a number of seconds from 0', (value) => value >= 0),
    signing: optionsOf<CardSigning>(
      {
        privateKey: z.custom<CardSigning['privateKey']>(isObject, 'must be a CryptoKey, or a JWK'),
        keyId: text,
        keySetUrl: text,
        algorithm: oneOf(...algorithms),
      },
      ['privateKey', 'keyId'],
    ),
    maxBodyBytes: number('a number of bytes above 0', (value) => value > 0),
    taskStore: taskStoreSchema(),
    pushNotificationStore: having<PushNotificationStore>(
      'a store of push notifications',
      'save',
      'load',
      'delete',
    ),
    push: optionsOf<AgentPushOptions>({
      trustedOrigins: texts,
      trustedHosts: texts,
      resolve: functionOf<Exclude<AgentPushOptions['resolve'], undefined>>(),
      approveCallback: functionOf<Exclude<AgentPushOptions['approveCallback'], undefined>>(),
      maxConfigsPerTask: count,
      maxNotificationsPerTask: count,
      maxTries: count,
      timeoutMs: milliseconds,
    }),
    fetch: functionOf<typeof globalThis.fetch>(),
    authenticate: functionOf<Exclude<AgentHandlerOptions['authenticate'], undefined>>(),
    waitUntil: functionOf<WaitUntil>(),
  };
}

export const executorSchema = () =>
  having<AgentExecutor & ExecutorGate>(
    'an executor such as createAgentExecutor()',
    'execute',
    'cancelTask',
  );

export const taskStoreSchema = () =>
  having<TaskStore>('a task store such as storedTaskStore(storage)', 'load', 'save');

const algorithms = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
] as const;

function isCard(value: unknown): boolean {
  return isObject(value) && Array.isArray(Reflect.get(value, 'supportedInterfaces'));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
