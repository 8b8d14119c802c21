import { isJson, type Json } from './litellm-gateway-wire';

/** The texts of a message, as the bridge hands them to its model: nothing else of it arrives. */
export function bridgedText(params: Json): string {
  const { message } = params;
  const parts = isJson(message) && Array.isArray(message['parts']) ? message['parts'] : [];
  return parts
    .filter(isJson)
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .filter((text) => text !== '')
    .join('\n');
}

/** The model behind the bridge. */
export function modelAnswer(text: string): string {
  if (text.trim() === 'fails') throw new Error('the model is out of credit');
  return text.trim() === 'completes' ? 'Hello, wörld 🌍!' : `You said: ${text}`;
}

/** A blocking call gets a message of no conversation. */
export function bridgedMessage(text: string): Json {
  return {
    kind: 'message',
    role: 'agent',
    messageId: crypto.randomUUID(),
    parts: [{ kind: 'text', text: modelAnswer(text) }],
  };
}

/** A streaming call gets four events, of a task and a conversation that are made up. */
export function* bridgedEvents(params: Json, id: unknown): Generator<Json> {
  const ids = { taskId: crypto.randomUUID(), contextId: crypto.randomUUID() };
  const timestamp = new Date().toISOString();
  const asked = isJson(params['message']) ? params['message'] : {};
  const parts = Array.isArray(asked['parts']) ? asked['parts'] : [];
  yield {
    kind: 'task',
    id: ids.taskId,
    contextId: ids.contextId,
    status: { state: 'submitted' },
    history: [
      {
        ...ids,
        kind: 'message',
        role: asked['role'],
        messageId: asked['messageId'],
        parts: parts.map((part) => ({ ...part, metadata: null })),
      },
    ],
  };
  yield {
    kind: 'status-update',
    ...ids,
    final: false,
    status: {
      state: 'working',
      timestamp,
      message: {
        ...ids,
        kind: 'message',
        role: 'agent',
        messageId: crypto.randomUUID(),
        parts: [{ kind: 'text', text: 'Processing request...' }],
      },
    },
  };
  let answer: string;
  try {
    answer = modelAnswer(bridgedText(params));
  } catch (error) {
    // No task fails here: the stream does.
    const message = `litellm.BadRequestError: OpenAIException - ${error instanceof Error ? error.message : ''}`;
    yield { jsonrpc: '2.0', id, error: { code: -32603, message } };
    return;
  }
  yield {
    kind: 'artifact-update',
    ...ids,
    artifact: {
      artifactId: crypto.randomUUID(),
      name: 'response',
      parts: [{ kind: 'text', text: answer }],
    },
  };
  yield { kind: 'status-update', ...ids, final: true, status: { state: 'completed', timestamp } };
}
