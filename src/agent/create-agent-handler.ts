import type { AgentCard } from '@a2a-js/sdk';
import {
  type AgentExecutor,
  DefaultExecutionEventBusManager,
  DefaultRequestHandler,
  InMemoryPushNotificationStore,
  InMemoryTaskStore,
  type PushNotificationStore,
  type TaskStore,
  UnauthenticatedUser,
  type User,
} from '@a2a-js/sdk/server';
import { createAddressPolicy } from './address-policy';
import { type AgentPushOptions, createCallbackAdmission } from './admit-callback';
import { agentCardResponse } from './agent-card-response';
import { cancelableExecutor } from './cancelable-executor';
import { createCallContext } from './call-context';
import type { WaitUntil } from './event-stream-response';
import type { ExecutorGate } from './executor-gate';
import { guardRequests } from './guard-requests';
import { handleJsonRpc } from './handle-json-rpc';
import { handleRest } from './handle-rest';
import { setAgentUrl, withPaymentHeaders } from './payment-headers';
import { liveTaskStore } from './live-task-store';
import { createPushNotificationSender } from './push-notification-sender';
import { type CardSigning, createCardSigner } from './sign-card';
import { storeWithoutCredentials } from './without-credentials';

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

/**
 * An A2A agent as a function from Request to Response, for every web-standard runtime and router.
 *
 * It serves the agent card, JSON-RPC of protocol 1.0 and 0.3, and HTTP+JSON of protocol 1.0, all at
 * one base path. A caller that disconnects does not stop its task.
 *
 * @throws InvalidArgumentError for a trusted origin or host of `push` that is none.
 *
 * @example
 * ```ts
 * const handler = createAgentHandler({ card, executor });
 * export { handler as GET, handler as POST, handler as DELETE };
 * ```
 */
export function createAgentHandler({
  card,
  executor,
  basePath = new URL(card.supportedInterfaces[0]?.url ?? 'http://localhost/').pathname,
  cardMaxAgeSeconds = 300,
  signing,
  maxBodyBytes = 4 * 1024 * 1024,
  taskStore = new InMemoryTaskStore(),
  pushNotificationStore = new InMemoryPushNotificationStore(),
  push = {},
  fetch = (input, init) => globalThis.fetch(input, init),
  authenticate = () => new UnauthenticatedUser(),
  waitUntil,
}: AgentHandlerOptions): (request: Request) => Promise<Response> {
  const judge = createAddressPolicy(push);
  const sign = signing && createCardSigner(card, signing);
  const store = pushNotificationStore;
  const buses = new DefaultExecutionEventBusManager();
  const requestHandler = guardRequests({
    handler: new DefaultRequestHandler(
      card,
      liveTaskStore(storeWithoutCredentials(taskStore)),
      cancelableExecutor(executor),
      buses,
      store,
      createPushNotificationSender({ ...push, store, judge, fetch, waitUntil }),
    ),
    buses,
    admitCallback: card.capabilities?.pushNotifications
      ? createCallbackAdmission({ ...push, store, judge })
      : undefined,
    gate: executor,
  });
  const base = segments(basePath);

  return async (request) => {
    const all = segments(new URL(request.url).pathname);
    const path = base.every((segment, index) => all[index] === segment)
      ? all.slice(base.length).join('/')
      : undefined;

    if (path === undefined) {
      return notFound();
    }
    if (CARD_PATHS.has(path) && request.method === 'GET') {
      return agentCardResponse(request, card, cardMaxAgeSeconds, sign);
    }
    if (path === '' && request.method !== 'POST') {
      return Response.json({ detail: 'Method Not Allowed' }, { status: 405 });
    }

    const user = await authenticate(request);
    if (user === undefined) {
      return Response.json({ detail: 'Unauthorized' }, { status: 401 });
    }

    const context = createCallContext(request, user);
    setAgentUrl(context, card.supportedInterfaces[0]?.url);
    const call = { request, requestHandler, context, maxBodyBytes, waitUntil };
    const response =
      path === ''
        ? await handleJsonRpc(call)
        : ((await handleRest({ ...call, path })) ?? notFound());
    return withPaymentHeaders(response, context, request);
  };
}

const CARD_PATHS = new Set(['.well-known/agent-card.json', '.well-known/agent.json']);

/** Repeated and trailing slashes do not matter: clients join URLs in many ways. */
function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function notFound(): Response {
  return Response.json({ detail: 'Not Found' }, { status: 404 });
}
