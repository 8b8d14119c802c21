import type { RecordedAgent } from './recorded-server';

const ids = { taskId: 't-1', contextId: 'c-1' };
const task = (state: string, ...pieces: string[]) => ({
  kind: 'task',
  id: 't-1',
  contextId: 'c-1',
  history: [],
  status: { state, timestamp: '2026-11-22T05:41:05.139Z' },
  artifacts: [{ artifactId: 'a-1', parts: pieces.map((text) => ({ kind: 'text', text })) }],
});
const chunk = (text: string, partial: boolean) => ({
  kind: 'artifact-update',
  ...ids,
  append: partial,
  lastChunk: !partial,
  artifact: { artifactId: 'a-1', parts: [{ kind: 'text', text }] },
  metadata: { adk_invocation_id: 'e-1', adk_author: 'scripted', adk_partial: partial },
});
const ended = {
  kind: 'status-update',
  ...ids,
  final: true,
  status: { state: 'completed', timestamp: '2026-11-22T05:41:05.768Z' },
};
const answer = (result: object) => `{"jsonrpc":"2.0","id":$id,"result":${JSON.stringify(result)}}`;

/** What ADK told a caller that took a task of it up again, of which it had the first words. */
export const resumedAdkAgent: RecordedAgent = {
  server: '@google/adk 2.0.0',
  habit: 'names its invocation with pieces of artifacts, and not with its tasks',
  answers: {
    'tasks/get': [
      answer(task('working', 'one ')),
      answer(task('working', 'one ', 'two ')),
      answer(task('completed', 'one two three')),
    ],
    'tasks/resubscribe': [
      task('working', 'one '),
      chunk('two ', true),
      chunk('three', true),
      chunk('one two three', false),
      ended,
    ]
      .map((event) => `data: ${answer(event)}\n\n`)
      .join(''),
  },
};
