import { Role, TaskState, type AgentCard, type Message, type Part } from '@a2a-js/sdk';
import {
  AgentEvent,
  DefaultRequestHandler,
  InMemoryTaskStore,
  type AgentExecutor,
} from '@a2a-js/sdk/server';
import {
  agentCardHandler,
  jsonRpcHandler,
  restHandler,
  UserBuilder,
} from '@a2a-js/sdk/server/express';
import type { PartScript, State } from './behaviours';
import { startPeerServer, type Peer, type PeerContext, type PeerOptions } from './peer';

/** A real `@a2a-js/sdk` 1.x server. */
export async function startSdk1Peer({
  binding = 'JSONRPC',
  extensions = [],
  streaming = true,
  pushNotifications = false,
  speaks03 = false,
  diesAfterCard = false,
  card: declared,
  extendedCard,
  signer,
  allows,
}: PeerOptions = {}): Promise<Peer> {
  return startPeerServer({ diesAfterCard, ...(allows && { allows }) }, (app, context) => {
    const card: AgentCard = {
      name: 'Peer 1.x',
      description: 'A test agent',
      version: '1.0.0',
      supportedInterfaces: ['1.0', ...(speaks03 ? ['0.3'] : [])].map((protocolVersion) => ({
        url: context.url,
        protocolBinding: binding,
        protocolVersion,
        tenant: '',
      })),
      provider: undefined,
      capabilities: {
        streaming,
        pushNotifications,
        extensions: extensions.map((extension) => ({
          description: '',
          required: false,
          params: undefined,
          ...extension,
        })),
      },
      securitySchemes: {},
      securityRequirements: [],
      defaultInputModes: ['text/plain'],
      defaultOutputModes: ['text/plain'],
      skills: [],
      signatures: [],
    };
    Object.assign(card, declared);
    const requestHandler = new DefaultRequestHandler(
      card,
      new InMemoryTaskStore(),
      playingExecutor(context),
      undefined,
      undefined,
      undefined,
      extendedCard && (async () => ({ ...card, ...extendedCard })),
      signer,
    );
    app.use(
      '/.well-known/agent-card.json',
      agentCardHandler({ agentCardProvider: requestHandler, legacyCompat: { enabled: true } }),
    );
    const options = {
      requestHandler,
      userBuilder: UserBuilder.noAuthentication,
      // The SDK's own HTTP+JSON server loses 1.0 bodies when its 0.3 layer is on.
      legacyCompat: { enabled: binding === 'JSONRPC' },
    };
    app.use('/', binding === 'JSONRPC' ? jsonRpcHandler(options) : restHandler(options));
  });
}

const states: Record<State, TaskState> = {
  submitted: TaskState.TASK_STATE_SUBMITTED,
  working: TaskState.TASK_STATE_WORKING,
  completed: TaskState.TASK_STATE_COMPLETED,
  failed: TaskState.TASK_STATE_FAILED,
  rejected: TaskState.TASK_STATE_REJECTED,
  canceled: TaskState.TASK_STATE_CANCELED,
  'input-required': TaskState.TASK_STATE_INPUT_REQUIRED,
  'auth-required': TaskState.TASK_STATE_AUTH_REQUIRED,
};

/** Plays what a message names, in the words of the SDK 1.x. */
export function playingExecutor(context: PeerContext): AgentExecutor {
  return {
    async execute({ taskId, contextId, userMessage, task }, bus) {
      const ids = { taskId, contextId };
      const text = userMessage.parts
        .map(({ content }) => (content?.$case === 'text' ? content.value : ''))
        .join('');
      let isOpened = false;
      const status = (
        state: State,
        parts: PartScript[] | undefined,
        metadata?: object,
        said?: Record<string, unknown>,
      ) => ({
        ...ids,
        status: {
          state: states[state],
          timestamp: new Date().toISOString(),
          message: parts === undefined ? undefined : agentMessage(parts, ids, said),
        },
        metadata: metadata === undefined ? undefined : { ...metadata },
      });
      await context.play({ text, taskId, isFollowUp: task !== undefined }, (step) => {
        if ('message' in step) {
          bus.publish(AgentEvent.message(agentMessage(step.message, { taskId: '', contextId })));
          return;
        }
        if (!isOpened) {
          isOpened = true;
          // The server lets no update pass before a task: a follow-up begins with the task as it stood.
          bus.publish(
            AgentEvent.task(
              task ?? {
                id: taskId,
                contextId,
                status: status('submitted', undefined).status,
                artifacts: [],
                history: [userMessage],
                metadata: undefined,
              },
            ),
          );
        }
        bus.publish(
          'artifact' in step
            ? AgentEvent.artifactUpdate({
                ...ids,
                artifact: {
                  artifactId: `${taskId}-${step.artifact}`,
                  name: step.artifact,
                  description: '',
                  parts: step.parts.map(part),
                  metadata: undefined,
                  extensions: [],
                },
                append: step.append ?? false,
                lastChunk: step.last ?? false,
                metadata: undefined,
              })
            : AgentEvent.statusUpdate(status(step.status, step.parts, step.metadata, step.said)),
        );
      });
      bus.finished();
    },
    async cancelTask(taskId, bus) {
      context.cancel(taskId);
      bus.publish(
        AgentEvent.statusUpdate({
          taskId,
          contextId: '',
          status: {
            state: TaskState.TASK_STATE_CANCELED,
            message: undefined,
            timestamp: new Date().toISOString(),
          },
          metadata: undefined,
        }),
      );
      bus.finished();
    },
  };
}

function agentMessage(
  parts: PartScript[],
  ids: { taskId: string; contextId: string },
  metadata?: Record<string, unknown>,
): Message {
  return {
    ...ids,
    messageId: crypto.randomUUID(),
    role: Role.ROLE_AGENT,
    parts: parts.map(part),
    metadata,
    extensions: [],
    referenceTaskIds: [],
  };
}

function part(script: PartScript): Part {
  const plain = { metadata: undefined, filename: '', mediaType: '' };
  if ('text' in script) return { ...plain, content: { $case: 'text', value: script.text } };
  if ('data' in script) return { ...plain, content: { $case: 'data', value: script.data } };
  const { filename, mediaType } = script;
  return {
    metadata: undefined,
    filename,
    mediaType,
    content:
      'bytes' in script
        ? { $case: 'raw', value: Buffer.from(script.bytes, 'base64') }
        : { $case: 'url', value: script.uri },
  };
}
