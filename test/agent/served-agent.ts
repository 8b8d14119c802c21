import { createServer, type IncomingHttpHeaders } from 'node:http';
import {
  AgentEvent,
  type AgentExecutor,
  type ExecutionEventBus,
  type RequestContext,
} from '@a2a-js/sdk/server';
import { Role, TaskState } from '@a2a-js/sdk';
import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from '@a2a-js/sdk/client';
import { ClientFactory as LegacyClientFactory } from 'a2a-js-sdk-0.3/client';
import { type AgentHandlerOptions, createAgentCard, createAgentHandler } from '../../src/agent';
import { closed, serveOnPort } from './serve-on-port';

/** An agent of `createAgentHandler` on a port of this machine. */
export async function serveAgent(
  executor: AgentExecutor,
  options: Partial<AgentHandlerOptions> = {},
) {
  const { close, url } = await serveOnPort('/agent/', (at) => {
    const card = createAgentCard({
      url: at,
      name: 'served',
      description: 'An agent of the tests.',
      skills: [{ id: 'any', name: 'Any', description: 'Anything.' }],
      pushNotifications: true,
    });
    return createAgentHandler({ card, executor, ...options });
  });
  return {
    url,
    connect: (transport: 'JSONRPC' | 'HTTP+JSON') =>
      new ClientFactory({
        transports: [new JsonRpcTransportFactory(), new RestTransportFactory()],
        preferredTransports: [transport],
        cardResolver: new DefaultAgentCardResolver(),
      }).createFromUrl(url),
    connectLegacy: () => new LegacyClientFactory().createFromUrl(url),
    /** One JSON-RPC request; without a version it is one of 0.3. Of a stream, the first event. */
    call: async (method: string, params: unknown, version?: string): Promise<unknown> => {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(version !== undefined && { 'A2A-Version': version }),
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      });
      const text = await response.text();
      return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text);
    },
    close,
  };
}

/** Publishes the task, in pieces of one artifact its answer, and the state it ends the turn in. */
export function answering({
  pieces = 0,
  end = TaskState.TASK_STATE_COMPLETED,
  cancel = () => {},
  metadata,
}: {
  pieces?: number;
  end?: TaskState;
  cancel?: (taskId: string, bus: ExecutionEventBus) => Promise<void> | void;
  /** Of the task, given the message. */
  metadata?: (request: RequestContext) => Record<string, unknown> | undefined;
} = {}): AgentExecutor {
  return {
    async execute(request, bus) {
      const { taskId, contextId, userMessage, task } = request;
      const status = (state: TaskState) => ({
        state,
        message: undefined,
        timestamp: new Date().toISOString(),
      });
      bus.publish(
        AgentEvent.task({
          ...(task ?? { id: taskId, contextId, artifacts: [], history: [userMessage] }),
          metadata: metadata?.(request),
          status: status(TaskState.TASK_STATE_WORKING),
        }),
      );
      for (let piece = 0; piece < pieces; piece++) {
        bus.publish(
          AgentEvent.artifactUpdate({
            taskId,
            contextId,
            artifact: {
              artifactId: 'answer',
              name: 'Answer',
              description: '',
              parts: [textPart(`${piece} `)],
              metadata: undefined,
              extensions: [],
            },
            append: piece > 0,
            lastChunk: piece === pieces - 1,
            metadata: {},
          }),
        );
      }
      bus.publish(
        AgentEvent.statusUpdate({ taskId, contextId, status: status(end), metadata: {} }),
      );
    },
    async cancelTask(taskId, bus) {
      await cancel(taskId, bus);
    },
  };
}

function textPart(text: string) {
  return {
    content: { $case: 'text' as const, value: text },
    mediaType: 'text/plain',
    filename: '',
    metadata: undefined,
  };
}

export function userMessage(text: string, more: object = {}) {
  return {
    messageId: crypto.randomUUID(),
    contextId: '',
    taskId: '',
    role: Role.ROLE_USER,
    parts: [textPart(text)],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
    ...more,
  };
}

/** A server of this machine that notes what it is sent. */
export async function startInternalService(status = 200, headers: Record<string, string> = {}) {
  const seen: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (incoming, outgoing) => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    seen.push({ path: incoming.url ?? '', headers: incoming.headers, body });
    outgoing.writeHead(status, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    seen,
    port: address.port,
    url: `http://127.0.0.1:${address.port}/admin/restart?now=1`,
    close: () => closed(server),
  };
}
