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
import type { WaitUntil } from '../internal/keep-alive';
import type { ExecutorGate } from './executor-gate';
import type { CardSigning } from './sign-card';

export interface AgentHandlerOptions {
  /** The agent card; `createAgentCard` builds one. */
  card: AgentCard;
  /**
   * Executes the tasks. The interface of the official SDK; `requirePayment` returns one that requires
   * payment.
   */
  executor: AgentExecutor & ExecutorGate;
  /** The path at which the handler is mounted. Default: the path of the card's first interface. */
  basePath?: string | undefined;
  /**
   * The time for which clients may cache the card, its prices included. 0: clients revalidate on each use.
   * Default: 300 seconds.
   */
  cardMaxAgeSeconds?: number | undefined;
  /** Signs the card, so that clients with the public key can verify its origin. */
  signing?: CardSigning | undefined;
  /** The maximum size of a request body, including files in messages. Default: 4194304 (4 MiB). */
  maxBodyBytes?: number | undefined;
  /** Default: tasks are stored in this process's memory. */
  taskStore?: TaskStore | undefined;
  /** Used if the card supports push notifications. Default: this process's memory. */
  pushNotificationStore?: PushNotificationStore | undefined;
  /** Limits of push notifications. By default they are sent only to public https addresses. */
  push?: AgentPushOptions | undefined;
  /** Sends push notifications. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /**
   * Authenticates a request; undefined is answered with 401. Tasks belong to their user. The agent card is
   * public. Default: requests are not authenticated.
   */
  authenticate?: ((request: Request) => Promise<User | undefined> | User | undefined) | undefined;
  /** Keeps a serverless runtime alive while a task continues after its request ended. */
  waitUntil?: WaitUntil | undefined;
}

export function agentHandlerShape(): ShapeOf<AgentHandlerOptions> {
  const count = number('a number >= 0', (value) => value >= 0);
  const texts = z.array(text, 'must be a list of strings');
  return {
    card: z.custom<AgentCard>(isCard, 'must be a card such as createAgentCard() makes'),
    executor: executorSchema(),
    basePath: z.string('must be a string'),
    cardMaxAgeSeconds: number('a number of seconds >= 0', (value) => value >= 0),
    signing: optionsOf<CardSigning>(
      {
        privateKey: z.custom<CardSigning['privateKey']>(isObject, 'must be a CryptoKey, or a JWK'),
        keyId: text,
        keySetUrl: text,
        algorithm: oneOf(...algorithms),
      },
      ['privateKey', 'keyId'],
    ),
    maxBodyBytes: number('a number of bytes > 0', (value) => value > 0),
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
