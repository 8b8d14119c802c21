import type { RecordedAgent } from './recorded-server';

/** What a caller should get of a recorded agent. */
export interface Expected {
  /** The answer's text, or the words of its error. */
  text: string;
  finishReason: 'stop' | 'other' | 'error';
  /** The receipt's status. */
  settled: 'released' | 'refunded' | 'kept';
  usage?: { inputTokens: number; outputTokens: number };
  /** Texts that a stream shows as reasoning; a blocking answer has none. */
  reasoning?: string[];
}

const ids = { contextId: 'c-1', taskId: 't-1' };
const said = (text: string, more: object = {}) => ({
  kind: 'message',
  role: 'agent',
  messageId: `m-${text}`,
  parts: [{ kind: 'text', text }],
  ...ids,
  ...more,
});
const user = { ...said('hi'), role: 'user', messageId: 'u-1' };
const task = (state: string, { message, ...more }: Record<string, unknown> = {}) => ({
  kind: 'task',
  id: 't-1',
  contextId: 'c-1',
  status: { state, ...(message !== undefined && { message }) },
  ...more,
});
const status = (
  state: string,
  { message, final = false, ...more }: Record<string, unknown> = {},
) => ({
  kind: 'status-update',
  ...ids,
  status: { state, ...(message !== undefined && { message }) },
  final,
  ...more,
});
const artifact = (artifactId: string, text: string, more: object = {}) => ({
  kind: 'artifact-update',
  ...ids,
  artifact: { artifactId, parts: [{ kind: 'text', text }] },
  ...more,
});
const answer = (result: object) => `{"jsonrpc":"2.0","id":$id,"result":${JSON.stringify(result)}}`;
const stream = (results: object[], { before = '' } = {}) =>
  results.map((result) => `data: ${before}${answer(result)}\n\n`).join('');

const recordSeparator = '\u001e';
const volt = (state: string, text: string, more: object = {}) =>
  task(state, { message: said(text, { messageId: 'm-1' }), history: [user, said(text)], ...more });
const voltDone = volt('completed', 'Hello world', {
  metadata: {
    finishReason: 'stop',
    usage: { promptTokens: 7, completionTokens: 11, totalTokens: 18 },
  },
});
const voltFailed = volt('completed', '', {
  metadata: { finishReason: 'error', usage: { promptTokens: 7, completionTokens: 0 } },
});
const voltStream = (...events: object[]) => stream(events, { before: recordSeparator });
const voltBegins = [
  task('working', { history: [user] }),
  volt('working', ''),
  volt('working', 'Hello '),
];
const voltAgent = { server: '@voltagent/a2a-server 2.0.3' };

const gemini = (kind: string, more: object = {}) => ({
  metadata: { coderAgent: { kind }, model: 'gemini-2.5-pro' },
  ...more,
});
const thought = { kind: 'data', data: { subject: 'Greeting', description: 'Say hello.' } };
const thinks = said('', { messageId: 'm-thought', parts: [thought] });

const adk = (partial: boolean, more: object = {}) => ({
  append: partial,
  lastChunk: !partial,
  metadata: { adk_invocation_id: 'e-1', adk_author: 'greeter', adk_partial: partial, ...more },
});
const adkUsage = {
  adk_usage_metadata: {
    promptTokenCount: 5,
    candidatesTokenCount: 2,
    thoughtsTokenCount: 4,
    totalTokenCount: 11,
  },
};

const mastraDone = {
  metadata: { execution: { runId: 'r-1', usage: { inputTokens: 3, outputTokens: 4 } } },
};
const mastraGreets = status('working', {
  message: said('Generating response...', { messageId: 'm-0' }),
});

const agnoSays = (text: string) =>
  said(text, { messageId: 'm-1', metadata: { agno_content_category: 'content' } });
const agnoDone = task('completed', {
  history: [said('Hello world', { messageId: 'm-1' })],
});

const reactiveFailed = {
  kind: 'task',
  id: 't-1',
  contextId: 'c-1',
  status: { state: 'failed', message: 'The model is gone.' },
  history: [user],
};

const hello = { text: 'Hello world', finishReason: 'stop', settled: 'released' } as const;

/** Recorded against these servers on loopback, with a model that always says the same. */
export const recordedAgents: (RecordedAgent & { expected: Expected })[] = [
  {
    ...voltAgent,
    habit: 'separates records of a stream by U+001E; counts `promptTokens`',
    answers: {
      'message/send': answer(voltDone),
      'message/stream': voltStream(...voltBegins, volt('working', 'Hello world'), voltDone),
    },
    expected: {
      ...hello,
      usage: { inputTokens: 7, outputTokens: 11 },
      reasoning: ['Hello ', 'world'],
    },
  },
  {
    ...voltAgent,
    habit: 'says `completed` of a model that failed, and `finishReason: error` beside it',
    answers: {
      'message/send': answer(voltFailed),
      'message/stream': voltStream(task('working', { history: [user] }), voltFailed),
    },
    expected: { text: 'failed', finishReason: 'error', settled: 'refunded' },
  },
  {
    server: '@google/gemini-cli-a2a-server 0.25.2',
    habit: 'answers in `working` statuses, and ends each turn `input-required`',
    answers: {
      'message/send': answer(
        task('input-required', { history: [user, thinks, said('Hello '), said('world')] }),
      ),
      'message/stream': stream([
        task('submitted', { history: [user] }),
        status('working', gemini('state-change')),
        status('working', gemini('thought', { message: thinks })),
        status('working', gemini('text-content', { message: said('Hello ') })),
        status('working', gemini('text-content', { message: said('world') })),
        status('input-required', gemini('state-change', { final: true })),
      ]),
    },
    expected: { text: 'Hello world', finishReason: 'other', settled: 'kept', reasoning: [] },
  },
  {
    server: 'any',
    habit: 'speaks in `working` statuses, and ends without a word',
    answers: {
      'message/send': answer(task('completed', { history: [user, said('Hello '), said('world')] })),
      'message/stream': stream([
        task('submitted', { history: [user] }),
        status('working', { message: said('Hello ') }),
        status('working', { message: said('world') }),
        status('completed', { final: true }),
      ]),
      'tasks/get': answer(task('completed')),
    },
    expected: { ...hello, reasoning: ['Hello ', 'world'] },
  },
  {
    server: '@reactive-agents/a2a 0.9.0',
    habit: 'says `completed` before its artifact; knows no 1.0',
    answers: {
      'message/send': answer(
        task('completed', {
          history: [user],
          artifacts: [artifact('a-1', 'Hello world').artifact],
        }),
      ),
      'message/stream': stream([
        status('completed', { final: true }),
        artifact('a-1', 'Hello world', { append: false, lastChunk: true }),
      ]),
    },
    unknownMethod: {
      status: 200,
      body: '{"jsonrpc":"2.0","id":$id,"error":{"code":-32000,"message":"Method not found: SendMessage"}}',
    },
    expected: hello,
  },
  {
    server: '@reactive-agents/a2a 0.9.0',
    habit: 'has a string for `status.message`',
    answers: {
      'message/send': answer(reactiveFailed),
      'message/stream': stream([status('failed', { message: 'The model is gone.', final: true })]),
    },
    expected: { text: 'The model is gone.', finishReason: 'error', settled: 'refunded' },
  },
  {
    server: '@google/adk 2.0.0',
    habit: 'mixes up the artifacts of calls at once, and marks which text is whole (`adk_partial`)',
    card: { url: 'http://localhost:$port/a2a' },
    answers: {
      'message/send': answer(
        task('completed', {
          history: [user],
          artifacts: [artifact('a-2', 'Hello world').artifact],
          metadata: adkUsage,
        }),
      ),
      'message/stream': stream([
        task('submitted', { history: [user] }),
        status('working'),
        artifact('a-1', 'Hello ', adk(true)),
        artifact('a-2', 'world', adk(true)),
        artifact('a-2', 'Hello world', adk(false, adkUsage)),
        status('completed', { final: true }),
      ]),
    },
    expected: { ...hello, usage: { inputTokens: 5, outputTokens: 6 } },
  },
  {
    server: 'Mastra (@mastra/server 1.67.0)',
    habit: 'greets with “Generating response...”; refuses 1.0 with HTTP 400',
    answers: {
      'message/send': answer(task('completed', { ...mastraDone, message: said('Hello world') })),
      'message/stream': stream([
        task('submitted', { history: [user] }),
        mastraGreets,
        artifact('a-1', 'Hello ', { append: true, lastChunk: false }),
        artifact('a-1', 'world', { append: true, lastChunk: false }),
        status('completed', { ...mastraDone, final: true }),
      ]),
    },
    unknownMethod: {
      status: 400,
      body: '{"error":"Invalid request body","issues":[{"field":"method","message":"Invalid input"}]}',
    },
    expected: { ...hello, usage: { inputTokens: 3, outputTokens: 4 }, reasoning: [] },
  },
  {
    server: 'agno 3.1.10',
    habit: 'streams its answer in messages, before it ends the task that it has told of',
    answers: {
      'message/send': answer(agnoDone),
      'message/stream': stream([
        status('working'),
        agnoSays('Hello '),
        agnoSays('world'),
        status('completed', { final: true }),
        agnoDone,
      ]),
    },
    expected: hello,
  },
  {
    server: '@strands-agents/sdk 1.16.0',
    habit: 'tells that it threw under a task id of its own making (SDK 0.3.14)',
    answers: {
      'message/send': answer(task('failed', { message: said('Agent execution error: no model') })),
      'message/stream': stream([
        task('submitted', { history: [user] }),
        status('working'),
        status('failed', {
          taskId: '0c6e4a2e-6c64-4b3d-9a4a-3f0b1d2c5e7f',
          message: { ...said('Agent execution error: no model'), taskId: undefined },
          final: true,
        }),
      ]),
      'tasks/get': answer(task('working')),
    },
    expected: {
      text: 'Agent execution error: no model',
      finishReason: 'error',
      settled: 'refunded',
    },
  },
];

/** VoltAgent answers a cancel with `canceled`, and a moment later overwrites that with `completed`. */
export const overwritingAgent: RecordedAgent = {
  ...voltAgent,
  habit: 'overwrites `canceled` with `completed`',
  answers: {
    'message/send': answer(voltDone),
    'message/stream': voltStream(...voltBegins),
    'tasks/cancel': answer(task('canceled', { message: said('Task canceled') })),
    'tasks/get': answer(voltDone),
  },
  staysOpen: true,
};

/** Each turn is a conversation of its own. */
export const forgetfulAgent: RecordedAgent = {
  server: '@reactive-agents/a2a 0.9.0',
  habit: 'gives each turn a `contextId` of its own',
  answers: {
    'message/send': ['c-1', 'c-2', 'c-3'].map((contextId, turn) =>
      answer({
        ...task('completed', { artifacts: [artifact('a-1', `Turn ${turn + 1}`).artifact] }),
        id: `t-${turn + 1}`,
        contextId,
      }),
    ),
    'message/stream': ['c-1', 'c-2', 'c-3'].map((contextId, turn) =>
      stream([
        {
          ...status('completed', { final: true, message: said(`Turn ${turn + 1}`) }),
          taskId: `t-${turn + 1}`,
          contextId,
        },
      ]),
    ),
  },
};
