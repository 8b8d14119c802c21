import {
  convertToModelMessages,
  generateText,
  readUIMessageStream,
  streamText,
  type LanguageModel,
  type ModelMessage,
  type UIMessage,
} from 'ai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import type { Peer } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { agentUrl, artifact, result, results, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

/** A user's chat with an agent, as each kind of app keeps it. */
interface Chat {
  send(text: string): Promise<void>;
}

const chats: { name: string; open: (model: LanguageModel) => Chat }[] = [
  {
    name: 'response.messages of generateText',
    open(model) {
      const messages: ModelMessage[] = [];
      return {
        async send(text) {
          messages.push({ role: 'user', content: text });
          const { response } = await generateText({ model, messages });
          messages.push(...(JSON.parse(JSON.stringify(response.messages)) as ModelMessage[]));
        },
      };
    },
  },
  {
    name: 'UI messages of useChat',
    open(model) {
      const messages: UIMessage[] = [];
      return {
        async send(text) {
          messages.push({
            id: `u-${messages.length}`,
            role: 'user',
            parts: [{ type: 'text', text }],
          });
          const answer = streamText({
            model,
            messages: await convertToModelMessages(messages),
          });
          let last: UIMessage | undefined;
          for await (const message of readUIMessageStream({
            stream: answer.toUIMessageStream(),
          })) {
            last = message;
          }
          // Over the wire to a browser, and back.
          if (last !== undefined) messages.push(JSON.parse(JSON.stringify(last)) as UIMessage);
        },
      };
    },
  },
];

describe.each(chats)('a conversation through $name', ({ open }) => {
  describe.each([
    { name: 'SDK 1.x', start: startSdk1Peer },
    { name: 'SDK 0.3', start: startSdk03Peer },
  ])('with $name', ({ start }) => {
    let peer: Peer;
    beforeEach(async () => {
      peer = await start();
    });
    afterEach(() => peer.close());

    const sent = () => peer.messages().map(({ body }) => JSON.parse(body).params.message);
    const textsOf = ({ parts }: { parts: { text: string }[] }) => parts.map(({ text }) => text);

    test('goes on in its context, with the new words only', async () => {
      const chat = open(createA2A()(peer.url));
      await chat.send('completes');
      await chat.send('And then?');
      await chat.send('bare message');
      await chat.send('Bye');
      const [first, second, third, fourth] = sent();
      expect(first.contextId).toBeUndefined();
      expect(second.contextId).toEqual(expect.any(String));
      expect(third.contextId).toBe(second.contextId);
      expect(fourth.contextId).toBe(second.contextId);
      expect([second, third, fourth].map(textsOf)).toEqual([
        ['And then?'],
        ['bare message'],
        ['Bye'],
      ]);
      expect([second, third, fourth].map(({ taskId }) => taskId)).toEqual(
        Array.from({ length: 3 }),
      );
    });

    test.each(['input-required', 'auth-required'])('answers a task that is %s', async (state) => {
      const chat = open(createA2A()(peer.url));
      await chat.send(state);
      await chat.send('Paris');
      await chat.send('Thanks');
      const [, second, third] = sent();
      expect(second).toMatchObject({ taskId: expect.any(String), contextId: expect.any(String) });
      expect(textsOf(second)).toEqual(['Paris']);
      expect(third.contextId).toBe(second.contextId);
      expect(third.taskId).toBeUndefined();
    });
  });

  test.each([
    ['nothing but a file by URL', [{ url: 'https://files.example.com/a.pdf' }]],
    ['nothing but a file', [{ raw: 'aGk=', mediaType: 'image/png' }]],
    ['nothing but data', [{ data: { a: 1 } }]],
    ['nothing', []],
  ])('goes on after an answer of %s', async (_, parts) => {
    const whole = say.task('COMPLETED', { artifacts: [artifact('a', ...parts)] });
    const { model, requests } = scriptedAgent((call) =>
      call.rpc === 'SendMessage' ? result(whole)(call) : results(whole)(call),
    );
    const chat = open(model);
    await chat.send('One');
    await chat.send('Two');
    expect(requests()[1]?.message).toMatchObject({ contextId: 'c-1', parts: [{ text: 'Two' }] });
  });

  test.each([
    ['words', [{ text: 'Which?' }]],
    ['a file by URL', [{ url: 'https://files.example.com/form.pdf' }]],
    ['data', [{ data: { choose: [1, 2] } }]],
    ['no message', undefined],
  ])('answers a question that is made of %s', async (_, parts) => {
    const status = {
      state: 'TASK_STATE_INPUT_REQUIRED',
      ...(parts !== undefined && { message: { messageId: 'q', role: 'ROLE_AGENT', parts } }),
    };
    const events = [
      say.task('WORKING'),
      say.status('WORKING', 'Thinking'),
      say.artifact('draft', [{ raw: 'aGk=', mediaType: 'image/png' }]),
      { statusUpdate: { taskId: 't-1', contextId: 'c-1', status } },
    ];
    const { model, requests } = scriptedAgent((call) =>
      call.rpc === 'SendMessage'
        ? result(say.task('WORKING', { status }))(call)
        : results(...events)(call),
    );
    const chat = open(model);
    await chat.send('One');
    await chat.send('Two');
    expect(requests()[1]?.message).toMatchObject({
      contextId: 'c-1',
      taskId: 't-1',
      parts: [{ text: 'Two' }],
    });
  });
});

test('two agents in one conversation keep to their own contexts', async () => {
  const answer = (contextId: string, text: string) =>
    result({ message: { messageId: text, contextId, role: 'ROLE_AGENT', parts: [{ text }] } });
  const { a2a, requests } = scriptedAgent(
    [answer('c-a', 'A1'), answer('c-b', 'B1'), answer('c-a', 'A2'), answer('c-b', 'B2')],
    { agents: { a: { url: agentUrl }, b: { url: agentUrl } } },
  );
  const messages: ModelMessage[] = [];
  for (const [name, content] of ['a', 'b', 'a', 'b'].map((name, i) => [name, `Q${i}`] as const)) {
    messages.push({ role: 'user', content });
    const { response } = await generateText({ model: a2a(name), messages });
    messages.push(...response.messages);
  }
  const sent = requests().map(({ message: { contextId, parts } }) => [
    contextId,
    parts.map(({ text }) => text),
  ]);
  expect(sent).toEqual([
    [undefined, ['Q0']],
    [undefined, ['User: Q0', 'Assistant: A1', 'User: Q1']],
    ['c-a', ['User: Q1', 'Assistant: B1', 'User: Q2']],
    ['c-b', ['User: Q2', 'Assistant: A2', 'User: Q3']],
  ]);
});
