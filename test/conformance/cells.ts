import { generateText, streamText, wrapLanguageModel, type ModelMessage } from 'ai';
import { createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import type { Sandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { answersBack, generated, same, streamed, until } from './asking';
import type { Column, StartedSubject } from './subjects';

const whole = 'Hello, wörld 🌍!';

/** What each column asks of a peer. Each throws what there is to complain of. */
export const cells: Record<Column, (subject: StartedSubject, sandbox: Sandbox) => Promise<void>> = {
  async generate({ model }) {
    const result = await generateText({ model, prompt: 'completes', maxRetries: 0 });
    same('text', result.text, whole);
    same('finish reason', result.finishReason, 'stop');
    same('noise', /Processing request/.test(JSON.stringify(result.content)), false);
  },

  async stream({ model }) {
    const result = await streamed({ model, prompt: 'completes' });
    same('text', result.text, whole);
    same('finish reason', result.finishReason, 'stop');
    same('noise', /Processing request/.test(JSON.stringify(result.content)), false);
  },

  async 'multi-turn'(subject) {
    const { agent, gateway, isBridge, model } = subject;
    for (const ask of [generated, streamed]) {
      const first = await ask({ model, prompt: 'completes' });
      const messages: ModelMessage[] = [
        { role: 'user', content: 'completes' },
        ...first.messages,
        { role: 'user', content: 'And then?' },
      ];
      const second = await ask({ model, messages });
      if (isBridge) {
        same('what the model was told', /completes[^]*Hello[^]*And then/.test(second.text), true);
      } else {
        same('text', second.text, 'And then?');
        const [before, after] = agent.messages().slice(-2).map(contextOf);
        same('context', second.a2a['contextId'], first.a2a['contextId']);
        same('sent context', after, first.a2a['contextId']);
        same('first context', before === undefined || before === after, true);
      }
      if (gateway !== undefined) {
        const traces = gateway.seen.slice(-2).map(({ headers }) => headers['x-litellm-trace-id']);
        same('traces', traces[0] === undefined ? 'none' : traces[0], traces[1]);
      }
      if (isBridge) continue;

      await answersBack(ask, model);
    }
  },

  async files({ agent, model }) {
    for (const ask of [generated, streamed]) {
      const { files, sources, text, data } = await ask({
        model,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'completes with files and data' },
              {
                type: 'file',
                data: new Uint8Array([104, 105]),
                mediaType: 'application/x-test',
                filename: 'hi.bin',
              },
            ],
          },
        ],
      });
      same('text', text, 'See the files.');
      same('files', files, ['text/plain aGVsbG8gZmlsZQ==']);
      same('links', sources, ['https://files.example.com/a.pdf']);
      same('data', data, [{ rows: [1, 2], raw: 'kept as it is' }]);
      same('sent bytes', agent.messages().at(-1)?.body.includes('"aGk="'), true);
    }
  },

  async abort({ agent, model }) {
    const abort = new AbortController();
    const { fullStream } = streamText({
      model,
      prompt: 'hangs',
      maxRetries: 0,
      include: { rawChunks: true },
      abortSignal: abort.signal,
      onError: () => {},
    });
    for await (const { type } of fullStream) if (type === 'raw') abort.abort();
    await until(() => agent.canceled.length > 0, 'The agent was not asked to cancel.');
    same('canceled tasks', agent.canceled.length, 1);
  },

  async resume({ model }) {
    for (const ask of [generated, streamed]) {
      const begun = await generated({
        model,
        prompt: 'slow',
        providerOptions: { a2a: { returnImmediately: true } },
      });
      const { taskId } = begun.a2a;
      if (typeof taskId !== 'string') throw new Error('No task id came back.');
      same('text before the end', begun.text === 'one two three', false);
      const { text } = await ask({
        model,
        prompt: 'ignored',
        providerOptions: { a2a: { resume: { taskId } } },
      });
      same('text', text, 'one two three');
    }
  },

  async settle({ agent, isBridge, model, payee }, { agents, exchangeUrl, fetch, ledger, payer }) {
    const settlement = createSettlement({
      rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
      ...(payee !== undefined && { agents: { [model.modelId]: { accountId: payee } } }),
      tokensPerCall: 10,
    });
    const paid = wrapLanguageModel({ model, middleware: settlement.middleware });
    const balance = (id: string) =>
      ledger().accounts.find((account) => account.id === id)?.available;
    const books = () => [balance(payer.accountId), balance(agents.streamer.accountId)];
    for (const ask of [generated, streamed]) {
      const [before = 0, earned = 0] = books();
      const result = await ask({ model: paid, prompt: 'completes' });
      same('receipt', result.settlement['status'], 'released');
      // The agent can look its escrow up before it works.
      const sent = agent.messages().at(-1)?.body.includes(String(result.settlement['escrowId']));
      same('escrow in the message', sent ?? isBridge, true);
      same('books', books(), [before - 11, earned + 10]);
      const failure = await ask({ model: paid, prompt: 'fails' }).then(
        () => 'none',
        () => 'thrown',
      );
      same('failure', failure, 'thrown');
      same('books after the failure', books(), [before - 11, earned + 10]);
    }
    const held = ledger().escrows.filter(({ status }) => status === 'held');
    same('holds left open', held.length, 0);
  },
};

function contextOf({ body }: { body: string }): unknown {
  return /"context_?[iI]d":"([^"]+)"/.exec(body)?.[1];
}
