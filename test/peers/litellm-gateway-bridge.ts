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
function modelAnswer(text: string): string {
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
export function* bridgedEvents(text: string, id: unknown): Generator<Json> {
  const ids = { taskId: crypto.randomUUID(), contextId: crypto.randomUUID() };
  yield { kind: 'task', id: ids.taskId, contextId: ids.contextId, status: { state: 'submitted' } };
  yield {
    kind: 'status-update',
    ...ids,
    final: false,
    status: {
      state: 'working',
      message: {
        kind: 'message',
        role: 'agent',
        messageId: crypto.randomUUID(),
        parts: [{ kind: 'text', text: 'Processing request...' }],
      },
    },
  };
  let answer: string;
  try {
    answer = modelAnswer(text);
  } catch (error) {
    // No task fails here: the stream does.
    const message = `Streaming error: ${String(error)}`;
    yield { jsonrpc: '2.0', id, error: { code: -32603, message } };
    return;
  }
  yield {
    kind: 'artifact-update',
    ...ids,
    artifact: { artifactId: crypto.randomUUID(), parts: [{ kind: 'text', text: answer }] },
  };
  yield { kind: 'status-update', ...ids, final: true, status: { state: 'completed' } };
}
