import { readFileSync } from 'node:fs';
import { generateText, streamText, wrapLanguageModel } from 'ai';
import { A2AProtocolError, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { createSandbox, type Sandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusals, type RefusalName } from '../peers/litellm-gateway-quirks';
import { expectSilentConsole } from '../provider/silent-console';
import { cells } from './cells';
import { expectOnPage, page } from './expect-on-page';
import { renderRefusals, renderTable, type RefusalRow, type Row } from './render-table';
import { columns, startGatewaySubject, subjects, type Column, type Subject } from './subjects';

expectSilentConsole();

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = createSandbox({ payerTokens: 1_000_000 });
});
afterAll(() => sandbox.close());

describe('peers', () => {
  const rows: Row[] = [];

  test.each(subjects.map((subject) => ({ name: `${subject.peer}, ${subject.quirk}`, subject })))(
    '$name',
    async ({ subject }) => {
      const found: Row['found'] = { ...nothing };
      for (const column of columns) found[column] = await ask(subject, column);
      rows.push({ subject, found });
      if (process.env['UPDATE_DOCS'] !== undefined) return;
      // What the page admits is no surprise: that is compared below.
      const failures = Object.entries(found).filter(([, answer]) => answer.startsWith('no'));
      for (const [, answer] of failures) expect(readFileSync(page, 'utf8')).toContain(answer);
    },
  );

  test('docs/agents.md has the table', () => expectOnPage('peers', renderTable(rows)));
});

describe('refusals of a gateway', () => {
  const rows: RefusalRow[] = [];

  test.each(refusalNames())('%s', async (name) => {
    const subject = await startGatewaySubject(sandbox, { refusal: name });
    const { exchangeUrl, fetch, ledger, payer } = sandbox;
    const settlement = createSettlement({
      rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
      agents: { [subject.model.modelId]: { accountId: subject.payee ?? '' } },
      tokensPerCall: 10,
    });
    const model = wrapLanguageModel({ model: subject.model, middleware: settlement.middleware });
    const errors: A2AProtocolError[] = [];
    const take = (error: unknown) => {
      if (!A2AProtocolError.isInstance(error)) throw error;
      errors.push(error);
    };
    await generateText({ model, prompt: 'completes', maxRetries: 0 }).catch(take);
    await streamText({
      model,
      prompt: 'completes',
      maxRetries: 0,
      onError: ({ error }) => take(error),
    }).consumeStream();
    await subject.close();

    const [generated, streamed] = errors;
    expect(errors).toHaveLength(2);
    expect(generated?.message).not.toContain('sk-');
    expect(streamed?.isRetryable).toBe(generated?.isRetryable);
    expect(withoutStatus(streamed)).toBe(withoutStatus(generated));
    expect(subject.agent.messages()).toEqual([]);
    const escrows = ledger().escrows.slice(-2);
    rows.push({
      name,
      means: refusals[name].means,
      status: refusals[name].status,
      error: generated?.message ?? '',
      isRetryable: generated?.isRetryable ?? false,
      tokens: [...new Set(escrows.map(({ status }) => status))].join(', '),
    });
  });

  test('docs/guides/litellm.md has the table', () => {
    const page = new URL('../../docs/guides/litellm.md', import.meta.url);
    expectOnPage('refusals', renderRefusals(rows), page);
  });
});

const nothing: Record<Column, string> = {
  generate: '',
  stream: '',
  'multi-turn': '',
  files: '',
  abort: '',
  resume: '',
  settle: '',
};

async function ask(subject: Subject, column: Column): Promise<string> {
  if (subject.cannot[column] !== undefined) return '–';
  const started = await subject.start(sandbox);
  try {
    await cells[column](started, sandbox);
    return 'yes';
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return `no: ${said.replaceAll(/[\da-f]{8}-[\da-f-]{27}/g, '…').replaceAll(/:\d{4,5}\b/g, '')}`;
  } finally {
    await started.close();
  }
}

function withoutStatus(error: A2AProtocolError | undefined): string | undefined {
  return error?.message.replace(/(?:answered HTTP \d+|responded with an error)/, 'answered');
}

function refusalNames(): RefusalName[] {
  return Object.keys(refusals).filter((name): name is RefusalName => Object.hasOwn(refusals, name));
}
