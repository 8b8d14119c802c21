import type { AgentCard, Message, Part, TaskState } from 'a2a-js-sdk-0.3';
import {
  DefaultRequestHandler,
  InMemoryTaskStore,
  type AgentExecutor,
} from 'a2a-js-sdk-0.3/server';
import {
  agentCardHandler,
  jsonRpcHandler,
  restHandler,
  UserBuilder,
} from 'a2a-js-sdk-0.3/server/express';
import type { PartScript } from './behaviours';
import { startPeerServer, type Peer, type PeerContext, type PeerOptions } from './peer';

/** A real server of the SDK's 0.3 line. */
export async function startSdk03Peer({
  binding = 'JSONRPC',
  extensions = [],
  streaming = true,
  pushNotifications = false,
  diesAfterCard = false,
  card: declared,
  extendedCard,
  allows,
}: PeerOptions = {}): Promise<Peer> {
  return startPeerServer({ diesAfterCard, ...(allows && { allows }) }, (app, context) => {
    const card: AgentCard = {
      name: 'Peer 0.3',
      description: 'A test agent',
      version: '1.0.0',
      protocolVersion: '0.3.0',
      url: context.url,
      preferredTransport: binding,
      capabilities: {
        streaming,
        pushNotifications,
        extensions: extensions.map(({ params, ...extension }) => ({
          ...extension,
          ...(params !== undefined && { params: { ...params } }),
        })),
      },
      defaultInputModes: ['text/plain'],
      defaultOutputModes: ['text/plain'],
      skills: [],
    };
    Object.assign(card, declared);
    const requestHandler = new DefaultRequestHandler(
      card,
      new InMemoryTaskStore(),
      executor(context),
      undefined,
      undefined,
      undefined,
      extendedCard && (async () => ({ ...card, ...extendedCard })),
    );
    app.use(
      '/.well-known/agent-card.json',
      agentCardHandler({ agentCardProvider: requestHandler }),
    );
    const options = { requestHandler, userBuilder: UserBuilder.noAuthentication };
    app.use('/', binding === 'JSONRPC' ? jsonRpcHandler(options) : restHandler(options));
  });
}

function executor(context: PeerContext): AgentExecutor {
  return {
    async execute({ taskId, contextId, userMessage, task }, bus) {
      const text = userMessage.parts
        .map((part) => (part.kind === 'text' ? part.text : ''))
        .join('');
      let hasTask = task !== undefined;
      const status = (
        state: TaskState,
        parts: PartScript[] | undefined,
        metadata?: Record<string, unknown>,
      ) => ({
        state,
        timestamp: new Date().toISOString(),
        ...(parts !== undefined && {
          message: {
            ...agentMessage(parts, { taskId, contextId }),
            ...(metadata !== undefined && { metadata }),
          },
        }),
      });
      await context.play({ text, taskId, isFollowUp: hasTask }, (step) => {
        if ('message' in step) {
          bus.publish(agentMessage(step.message, { contextId }));
          return;
        }
        if (!hasTask) {
          hasTask = true;
          bus.publish({
            kind: 'task',
            id: taskId,
            contextId,
            status: status('submitted', undefined),
            history: [userMessage],
          });
        }
        if ('artifact' in step) {
          bus.publish({
            kind: 'artifact-update',
            taskId,
            contextId,
            artifact: {
              artifactId: `${taskId}-${step.artifact}`,
              name: step.artifact,
              parts: step.parts.map(part),
            },
            append: step.append ?? false,
            lastChunk: step.last ?? false,
          });
          return;
        }
        bus.publish({
          kind: 'status-update',
          taskId,
          contextId,
          status: status(step.status, step.parts, step.said),
          final: !['submitted', 'working'].includes(step.status),
          ...(step.metadata !== undefined && { metadata: step.metadata }),
        });
      });
      bus.finished();
    },
    async cancelTask(taskId, bus) {
      context.cancel(taskId);
      bus.publish({
        kind: 'status-update',
        taskId,
        contextId: '',
        status: { state: 'canceled', timestamp: new Date().toISOString() },
        final: true,
      });
      bus.finished();
    },
  };
}

function agentMessage(parts: PartScript[], ids: { taskId?: string; contextId: string }): Message {
  return {
    kind: 'message',
    role: 'agent',
    messageId: crypto.randomUUID(),
    parts: parts.map(part),
    ...ids,
  };
}

function part(script: PartScript): Part {
  if ('text' in script) return { kind: 'text', text: script.text };
  if ('data' in script) return { kind: 'data', data: script.data };
  const { filename: name, mediaType: mimeType } = script;
  return {
    kind: 'file',
    file:
      'bytes' in script
        ? { bytes: script.bytes, name, mimeType }
        : { uri: script.uri, name, mimeType },
  };
}
