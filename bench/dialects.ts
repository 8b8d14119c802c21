export const agentUrl = 'https://agent.example.com/';

/** One version and binding of A2A: its card, and how it writes the events of one task. */
export interface Dialect {
  card: object;
  /** The data of one server-sent event. */
  frame: (result: object, id: unknown) => string;
  task: object;
  /** A piece of the answer. Pieces differ in their text, name and metadata. */
  artifact: (at: number, text: string) => object;
  done: object;
}

const ids = (at: number) => ({
  taskId: 't',
  contextId: 'c',
  metadata: { at, by: `worker ${at % 7}` },
});
const capabilities = { streaming: true, extensions: [] };
const card03 = {
  name: 'Bench',
  description: '',
  version: '1',
  protocolVersion: '0.3.0',
  url: agentUrl,
  capabilities,
  defaultInputModes: [],
  defaultOutputModes: [],
  skills: [],
};
const enveloped = (result: object, id: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result });

export const dialects = {
  '1.0 JSON-RPC': {
    card: {
      name: 'Bench',
      supportedInterfaces: [
        { url: agentUrl, protocolBinding: 'JSONRPC', protocolVersion: '1.0', tenant: '' },
      ],
      capabilities,
      skills: [],
    },
    frame: enveloped,
    task: { task: { id: 't', contextId: 'c', status: { state: 'TASK_STATE_WORKING' } } },
    artifact: (at, text) => ({
      artifactUpdate: {
        ...ids(at),
        append: at > 0,
        lastChunk: false,
        artifact: { artifactId: 'a', name: `Part ${at}`, parts: [{ text }] },
      },
    }),
    done: {
      statusUpdate: { taskId: 't', contextId: 'c', status: { state: 'TASK_STATE_COMPLETED' } },
    },
  },
  '0.3 JSON-RPC': {
    card: { ...card03, preferredTransport: 'JSONRPC' },
    frame: enveloped,
    task: { kind: 'task', id: 't', contextId: 'c', status: { state: 'working' } },
    artifact: (at, text) => ({
      kind: 'artifact-update',
      ...ids(at),
      append: at > 0,
      lastChunk: false,
      artifact: { artifactId: 'a', name: `Part ${at}`, parts: [{ kind: 'text', text }] },
    }),
    done: {
      kind: 'status-update',
      taskId: 't',
      contextId: 'c',
      status: { state: 'completed' },
      final: true,
    },
  },
  '0.3 HTTP+JSON': {
    card: { ...card03, preferredTransport: 'HTTP+JSON' },
    frame: (result) => JSON.stringify(result),
    task: { task: { id: 't', contextId: 'c', status: { state: 'TASK_STATE_WORKING' } } },
    artifact: (at, text) => ({
      artifactUpdate: {
        ...ids(at),
        append: at > 0,
        artifact: { artifactId: 'a', name: `Part ${at}`, parts: [{ text }] },
      },
    }),
    done: {
      statusUpdate: {
        taskId: 't',
        contextId: 'c',
        status: { state: 'TASK_STATE_COMPLETED' },
        final: true,
      },
    },
  },
} satisfies Record<string, Dialect>;
