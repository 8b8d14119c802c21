import {
  DefaultExecutionEventBusManager,
  DefaultRequestHandler,
  InMemoryPushNotificationStore,
  InMemoryTaskStore,
  UnauthenticatedUser,
} from '@a2a-js/sdk/server';
import { assertOptions, optionsOf } from '../internal/option-schemas';
import { createAddressPolicy } from './address-policy';
import { createCallbackAdmission } from './admit-callback';
import { agentCardResponse } from './agent-card-response';
import { type AgentHandlerOptions, agentHandlerShape } from './agent-handler-options';
import { cancelableExecutor } from './cancelable-executor';
import { createCallContext } from './call-context';
import { guardRequests } from './guard-requests';
import { handleJsonRpc } from './handle-json-rpc';
import { handleRest } from './handle-rest';
import { setAgentUrl, withPaymentHeaders } from './payment-headers';
import { liveTaskStore } from './live-task-store';
import { provideBuffer } from './provide-buffer';
import { createPushNotificationSender } from './push-notification-sender';
import { createCardSigner } from './sign-card';
import { storeWithoutCredentials } from './without-credentials';

/**
 * Creates an A2A agent as a function from Request to Response, for every web-standard runtime and router.
 *
 * It serves the agent card, JSON-RPC of protocol 1.0 and 0.3, and HTTP+JSON of protocol 1.0, all under one
 * base path. A task continues if its client disconnects.
 *
 * @throws InvalidArgumentError naming each unknown or invalid option.
 *
 * @example
 * ```ts
 * const handler = createAgentHandler({ card, executor });
 * export { handler as GET, handler as POST, handler as DELETE };
 * ```
 */
export function createAgentHandler(
  options: AgentHandlerOptions,
): (request: Request) => Promise<Response> {
  const schema = optionsOf<AgentHandlerOptions>(agentHandlerShape(), ['card', 'executor']);
  assertOptions(schema, options, { before: 'createAgentHandler: ' });
  provideBuffer();
  const {
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
  } = options;
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
  let cardSince: Date | undefined;

  return async (request) => {
    const all = segments(new URL(request.url).pathname);
    const path = base.every((segment, index) => all[index] === segment)
      ? all.slice(base.length).join('/')
      : undefined;

    if (path === undefined) {
      return notFound();
    }
    if (CARD_PATHS.has(path) && request.method === 'GET') {
      // In some runtimes the clock does not advance before the first request.
      cardSince ??= new Date();
      return agentCardResponse(request, {
        card,
        maxAgeSeconds: cardMaxAgeSeconds,
        modifiedAt: cardSince,
        sign,
      });
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

/** Repeated and trailing slashes are ignored, since clients join URLs differently. */
function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function notFound(): Response {
  return Response.json({ detail: 'Not Found' }, { status: 404 });
}
