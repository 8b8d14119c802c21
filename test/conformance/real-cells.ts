import { streamText, wrapLanguageModel, type ModelMessage } from 'ai';
import { createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import type { Sandbox } from 'ai-sdk-a2a-settlement/sandbox';
import type { A2ALanguageModel } from '../../src/provider/a2a-language-model';
import { toSortedJson } from '../../src/internal/to-sorted-json';
import type { WireRecorder } from '../peers/wire-recorder';
import { answersBack, generated, same, streamed, until } from './asking';
import type { RealPeer } from './real-peers';
import type { Column } from './subjects';

export interface AskedPeer {
  model: A2ALanguageModel;
  wire: WireRecorder;
  without: NonNullable<RealPeer['without']>;
  ends: string;
}

const whole = 'Hello, wörld 🌍!';

/** What each column asks of a real peer. Each throws what there is to complain of. */
export const realCells: Record<Column, (peer: AskedPeer, sandbox: Sandbox) => Promise<void>> = {
  async generate({ ends, model }) {
    const result = await generated({ model, prompt: 'completes' });
    same('text', result.text, whole + ends);
    same('finish reason', result.finishReason, 'stop');
  },

  async stream({ ends, model }) {
    const result = await streamed({ model, prompt: 'completes' });
    same('text', result.text, whole + ends);
    same('finish reason', result.finishReason, 'stop');
  },

  async 'multi-turn'({ model, wire, without }) {
    for (const ask of [generated, streamed]) {
      const first = await ask({ model, prompt: 'completes' });
      const messages: ModelMessage[] = [
        { role: 'user', content: 'completes' },
        ...first.messages,
        { role: 'user', content: 'recall' },
      ];
      const second = await ask({ model, messages });
      same('what it remembers', /completes[^]*recall/.test(second.text), true);
      same('context', second.a2a['contextId'], first.a2a['contextId']);
      if (without.includes('asking back')) continue;

      await answersBack(ask, model);
      same('messages', wire.messages().at(-1)?.request.includes('completes'), false);
    }
  },

  async files({ ends, model, without }) {
    for (const ask of [generated, streamed]) {
      const file = {
        type: 'file' as const,
        data: new Uint8Array([104, 105]),
        mediaType: 'image/png',
        filename: 'hi.png',
      };
      const asked = (text: string): ModelMessage[] => [
        { role: 'user', content: [{ type: 'text', text }, file] },
      ];
      const got = await ask({ model, messages: asked('files') });
      same('what arrived', got.text, `image/png 2 bytes${ends}`);
      if (without.includes('files of its own')) continue;
      const { files, sources, text, data } = await ask({
        model,
        messages: asked('completes with files and data'),
      });
      same('text', text, 'See the files.');
      same('files', files, ['text/plain aGVsbG8gZmlsZQ==']);
      same('links', sources, ['https://files.example.com/a.pdf']);
      // Some write the members of an object in an order of their own.
      same('data', toSortedJson(data), '[{"raw":"kept as it is","rows":[1,2]}]');
    }
  },

  async abort({ model, wire }) {
    const abort = new AbortController();
    // Where nothing comes before the end there is nothing to wait for.
    const late = setTimeout(() => abort.abort(), 5000);
    const { fullStream } = streamText({
      model,
      prompt: 'hangs',
      maxRetries: 0,
      include: { rawChunks: true },
      abortSignal: abort.signal,
      onError: () => {},
    });
    for await (const { type } of fullStream) if (type === 'raw') abort.abort();
    clearTimeout(late);
    const canceling = () => wire.seen.find(({ method }) => /cancel/i.test(method));
    await until(() => canceling() !== undefined, 'The agent was not asked to cancel.', 10_000);
    const { path = '', request = '' } = canceling() ?? {};
    const taskId = /"id":"([\w-]{8,})"/.exec(request)?.[1] ?? /tasks\/([^/:]+):/.exec(path)?.[1];
    await until(() => canceling()?.body !== '', 'It did not say what came of it.', 10_000);
    const { providerMetadata } = await model.task(taskId ?? '');
    same('state', providerMetadata?.['a2a']?.['state'], 'canceled');
  },

  async resume({ ends, model }) {
    for (const ask of [generated, streamed]) {
      const begun = await generated({
        model,
        prompt: 'slow',
        providerOptions: { a2a: { returnImmediately: true } },
      });
      const { taskId } = begun.a2a;
      if (typeof taskId !== 'string') throw new Error('No task id came back.');
      same('text before the end', begun.text.startsWith('one two three'), false);
      const { text } = await ask({
        model,
        prompt: 'ignored',
        providerOptions: { a2a: { resume: { taskId } } },
      });
      same('text', text, `one two three${ends}`);
    }
  },

  async settle({ model, wire }, { agents, exchangeUrl, fetch, ledger, payer }) {
    const payee = agents.streamer.accountId;
    const settlement = createSettlement({
      rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
      agents: { [model.modelId]: { accountId: payee } },
      tokensPerCall: 10,
    });
    const paid = wrapLanguageModel({ model, middleware: settlement.middleware });
    const balance = (id: string) =>
      ledger().accounts.find((account) => account.id === id)?.available;
    const books = () => [balance(payer.accountId), balance(payee)];
    for (const ask of [generated, streamed]) {
      const [before = 0, earned = 0] = books();
      const result = await ask({ model: paid, prompt: 'completes' });
      same('receipt', result.settlement['status'], 'released');
      // The agent can look its escrow up before it works.
      const { escrowId } = result.settlement;
      const [sent] = wire.messages().slice(-1);
      same('escrow in the message', sent?.request.includes(String(escrowId)), true);
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
