import { APICallError, type LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { convertReadableStreamToArray } from '@ai-sdk/provider-utils/test';
import { describe, expect, it, test } from 'vitest';
import { SettlementError } from '../../src/index';
import { aPaidAgent, asking } from './a-paid-agent';
import { asksFor, CapturingRail, usdc } from './capturing-rail';
import { promptAfter, settlementOf, type Turn } from './scripted-agent';

const prompt = promptAfter();
type Agent = ReturnType<typeof aPaidAgent>;

/** The end of a call, as its caller sees it. */
async function generate({ model }: Agent) {
  const result = await model.doGenerate({ prompt });
  const [first] = result.content;
  return {
    text: first?.type === 'text' ? first.text : undefined,
    raw: result.finishReason.raw,
    receipt: settlementOf(result),
    warnings: result.warnings,
  };
}

async function stream({ model }: Agent) {
  const { stream: parts } = await model.doStream({ prompt });
  return seen(await convertReadableStreamToArray(parts));
}

function seen(parts: LanguageModelV4StreamPart[]) {
  const finish = parts.find((part) => part.type === 'finish');
  const start = parts.find((part) => part.type === 'stream-start');
  return {
    text: parts.map((part) => (part.type === 'text-delta' ? part.delta : '')).join(''),
    raw: finish?.finishReason.raw,
    receipt: finish && settlementOf(finish),
    warnings: start?.warnings ?? [],
  };
}

const a2aOf = ({ agent }: Agent, call: number) => agent.calls[call]?.providerOptions?.['a2a'];

describe.each([
  ['generate', generate],
  ['stream', stream],
])('%s', (_, call) => {
  it('asks without payment, and pays what is asked on the task that waits', async () => {
    const paid = aPaidAgent({
      turns: [asking(), { work: () => paid.chain.capture(), metadata: { receipt: '0.25' } }],
    });
    expect(await call(paid)).toMatchObject({
      text: 'Hi',
      raw: 'completed',
      receipt: {
        status: 'released',
        amount: '0.25',
        captured: '0.25',
        currency: 'USDC',
        decimals: 6,
        payee: 'seller',
        proof: [{ transaction: '0xchain-1', network: 'chain', confirmedBy: 'ledger' }],
      },
      warnings: [],
    });
    expect(paid.agent.calls).toHaveLength(2);
    expect(a2aOf(paid, 0)).toEqual({ metadata: {}, extensions: ['urn:capture'] });
    expect(a2aOf(paid, 1)).toMatchObject({
      taskId: 'task-1',
      contextId: 'talk',
      metadata: { paid: 'chain-1' },
      extensions: ['urn:capture'],
    });
    expect(paid.chain.signed).toMatchObject([
      { payee: 'seller', amount: '0.25', challenge: { offer: { nonce: 'nonce of seller' } } },
    ]);
    expect(paid.chain.decorations).toEqual([true]);
    expect(paid.names()).toEqual(['held', 'released']);
    expect(paid.agent.canceled).toEqual([]);
  });

  it('lets an agent that asks for nothing work unpaid', async () => {
    const paid = aPaidAgent({ turns: [{ text: 'For free' }] });
    expect(await call(paid)).toMatchObject({
      text: 'For free',
      raw: 'completed',
      receipt: { status: 'unsettled', reason: 'FREE' },
    });
    expect(paid.agent.calls).toHaveLength(1);
    expect(paid.chain.signed).toEqual([]);
  });

  it('hands on a question that is none about money', async () => {
    const paid = aPaidAgent({ turns: [{ state: 'input-required', text: 'Which colour?' }] });
    expect(await call(paid)).toMatchObject({ text: 'Which colour?', raw: 'input-required' });
    expect(paid.agent.canceled).toEqual([]);
  });

  it('pays once: an agent that asks again gets no third message', async () => {
    const paid = aPaidAgent({ turns: [asking(), asking('0.3')] });
    expect(await call(paid)).toMatchObject({
      raw: 'input-required',
      receipt: { status: 'pending' },
    });
    expect(paid.agent.calls).toHaveLength(2);
    expect(paid.chain.signed).toHaveLength(1);
    expect(paid.chain.asked[0]).toBe('refund chain-1 payment-refused');
  });

  it.each<[string, Parameters<typeof aPaidAgent>[0], string]>([
    ['a limit', { options: { limits: { USDC: { perCall: '0.24' } } } }, 'LIMIT_EXCEEDED'],
    [
      'a window that others have used up',
      { options: { limits: { USDC: { perWindow: { amount: 0.2, minutes: 5 } } } } },
      'LIMIT_EXCEEDED',
    ],
    ['no limit in the currency', { options: { limits: { EURC: { perCall: 9 } } } }, 'NO_LIMIT'],
    ['a payee who is not allowed', { options: { allow: { payees: ['other'] } } }, 'NOT_ALLOWED'],
    ['nobody who approves', { options: { approve: () => false } }, 'NOT_APPROVED'],
    ['an amount that is none', { turns: [asking('0.1234567')] }, 'INVALID_AMOUNT'],
  ])('signs nothing against %s, and cancels the task', async (_what, given, code) => {
    const paid = aPaidAgent(given);
    const error = await call(paid).catch((thrown: unknown) => thrown);
    expect(error).toSatisfy(SettlementError.isInstance);
    expect(error).toMatchObject({ code });
    expect(paid.chain.signed).toEqual([]);
    expect(paid.agent.calls).toHaveLength(1);
    expect(paid.agent.canceled).toEqual(['task-1']);
  });

  it('shows whoever has to approve what the agent asks for', async () => {
    const quotes: unknown[] = [];
    const approve = (quote: unknown) => quotes.push(quote) > 0;
    await call(aPaidAgent({ options: { approve } }));
    expect(quotes).toMatchObject([
      { agent: 'agent', payee: 'seller', amount: '0.25', currency: 'USDC' },
    ]);
  });

  it('takes an HTTP 402 for a challenge, and begins the work anew', async () => {
    const paid = aPaidAgent({
      turns: [{ throws: paymentRequired() }, { work: () => paid.chain.capture() }],
    });
    expect(await call(paid)).toMatchObject({ receipt: { status: 'released', amount: '0.2' } });
    expect(a2aOf(paid, 1)).not.toHaveProperty('taskId');
  });

  it('takes a failed task for a challenge, and begins another', async () => {
    const paid = aPaidAgent({
      turns: [asking('0.1', { state: 'rejected' }), { work: () => paid.chain.capture() }],
    });
    expect(await call(paid)).toMatchObject({ receipt: { status: 'released', amount: '0.1' } });
    expect(a2aOf(paid, 1)).not.toHaveProperty('taskId');
  });

  it('hands the agent’s own question on when nothing can be signed', async () => {
    const paid = aPaidAgent({ turns: [asking('0.25', { text: '' })] });
    paid.chain.failures.push(new SettlementError({ code: 'UPSTREAM', message: 'No signer.' }));
    const said = await call(paid);
    expect(said).toMatchObject({
      raw: 'input-required',
      receipt: { status: 'unsettled', reason: 'UPSTREAM' },
    });
    expect(JSON.stringify(said.warnings)).toContain('goes on unpaid');
    expect(paid.agent.calls).toHaveLength(1);
  });

  it('needs no word on the card', async () => {
    const chain = new CapturingRail();
    chain.cardTerms = undefined;
    const paid = aPaidAgent({ chain, turns: [asking(), { work: () => chain.capture() }] });
    expect(await call(paid)).toMatchObject({ receipt: { status: 'released' } });
  });

  it('sends nothing where no currency has a limit', async () => {
    const paid = aPaidAgent({ options: { limits: { perCall: 50 } } });
    await expect(call(paid)).rejects.toMatchObject({
      code: 'NO_LIMIT',
      message: expect.stringContaining('limits: { <currency>: { perCall: … } }'),
    });
    expect(paid.agent.calls).toEqual([]);
  });
});

describe.each([
  ['generate', generate],
  ['stream', stream],
])('%s, at a price that the card names', (_, call) => {
  function priced(turns: Turn[], limit: number | string = 0.5) {
    const chain = new CapturingRail();
    chain.cardTerms = { payee: 'seller', amount: '0.1', currency: usdc, required: true };
    const limits = { USDC: { perCall: limit } };
    return aPaidAgent({ chain, options: { limits }, turns });
  }

  it('pays with the first message', async () => {
    const paid = priced([{ work: () => paid.chain.capture() }]);
    expect(await call(paid)).toMatchObject({ text: 'Hi', receipt: { status: 'released' } });
    expect(paid.agent.calls).toHaveLength(1);
    expect(a2aOf(paid, 0)).toMatchObject({ metadata: { paid: 'chain-1' } });
  });

  it.each<[string, Turn]>([
    ['a task that waits', asking('0.2')],
    ['a task that failed', asking('0.2', { state: 'rejected' })],
    ['an HTTP 402', { throws: paymentRequired() }],
  ])('pays what it asks for instead, once: %s', async (_what, refusing) => {
    const paid = priced([refusing, { work: () => paid.chain.capture() }]);
    expect(await call(paid)).toMatchObject({
      text: 'Hi',
      receipt: { status: 'released', amount: '0.2', escrowId: 'chain-2' },
    });
    expect(paid.chain.asked[0]).toBe('refund chain-1 payment-refused');
    expect(paid.agent.calls).toHaveLength(2);
    const stubborn = priced([refusing, asking('0.2')]);
    expect(await call(stubborn)).toMatchObject({ receipt: { status: 'pending' } });
    expect(stubborn.agent.calls).toHaveLength(2);
  });

  it('takes back what it gave, and pays nothing more than the limit', async () => {
    const paid = priced([asking('0.2')], '0.15');
    await expect(call(paid)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(paid.chain.asked[0]).toBe('refund chain-1 payment-refused');
    expect(paid.agent.canceled).toEqual(['task-1']);
  });

  it('keeps what it gave when the agent asks something else', async () => {
    const paid = priced([{ state: 'input-required', text: 'Which?' }]);
    expect(await call(paid)).toMatchObject({ text: 'Which?', receipt: { status: 'kept' } });
  });
});

test('a paid call that fails is settled by how it fails', async () => {
  const chain = new CapturingRail();
  chain.cardTerms = { payee: 'seller', amount: '0.1', currency: usdc, required: true };
  const given = { chain, options: { limits: { USDC: { perCall: 1 } } } };
  const broken = aPaidAgent({ ...given, turns: [{ throws: new Error('broken') }] });
  await expect(generate(broken)).rejects.toThrow('broken');
  expect(chain.asked.at(-1)).toBe('refund chain-1 error');
  const failed = aPaidAgent({ ...given, turns: [{ state: 'failed' }] });
  await expect(generate(failed)).rejects.toThrow('failed');
  expect(chain.asked).toContain('refund chain-2 task-failed');
});

test('who leaves while a paid call is answered has shown its payment', async () => {
  const chain = new CapturingRail();
  chain.cardTerms = { payee: 'seller', amount: '0.1', currency: usdc, required: true };
  const abort = new AbortController();
  const limits = { USDC: { perCall: 1 } };
  const turns = [{ state: 'input-required', work: () => abort.abort() }];
  const paid = aPaidAgent({ chain, options: { limits }, turns });
  const calling = paid.model.doGenerate({ prompt, abortSignal: abort.signal });
  await expect(calling).rejects.toThrow('aborted');
  expect(chain.asked[0]).toBe('refund chain-1 aborted');
});

test('the error about a limit names the line to add', async () => {
  const paid = aPaidAgent({ options: { limits: { EURC: { perCall: 1 } } } });
  await expect(generate(paid)).rejects.toThrow('limits: { USDC: { perCall: … } }');
});

test('what an agent calls its currency is not taken for a limit', async () => {
  for (const code of ['perWindow', 'constructor', '__proto__', 'perCall']) {
    const chain = new CapturingRail('chain', { code, decimals: 6 });
    const limits = { perCall: 5, perWindow: { amount: 9, minutes: 1 }, USDC: { perCall: 1 } };
    const turns = [asking('0.25', { metadata: asksFor('0.25', 'seller', code) })];
    const paid = aPaidAgent({ chain, options: { limits }, turns });
    await expect(generate(paid), code).rejects.toMatchObject({ code: 'NO_LIMIT' });
    expect(chain.signed).toEqual([]);
  }
});

test('the next turn of a paid task goes on under what was signed', async () => {
  const paid = aPaidAgent({
    turns: [asking(), { state: 'input-required', text: 'Which?' }, {}],
  });
  const first = await paid.model.doGenerate({ prompt });
  expect(settlementOf(first)).toMatchObject({ status: 'kept', amount: '0.25' });
  paid.chain.capture();
  const second = await paid.model.doGenerate({ prompt: promptAfter(first) });
  expect(settlementOf(second)).toMatchObject({ status: 'released', captured: '0.25' });
  expect(paid.chain.signed).toHaveLength(1);
  expect(paid.chain.decorations).toEqual([true, false]);
});

test('a stream that begins to answer is handed on while it comes', async () => {
  const paid = aPaidAgent({ turns: [{ text: 'Begun', hangs: true }] });
  const abort = new AbortController();
  const { stream: parts } = await paid.model.doStream({ prompt, abortSignal: abort.signal });
  const reader = parts.getReader();
  const read: string[] = [];
  while (!read.includes('text-delta')) read.push((await reader.read()).value?.type ?? 'end');
  abort.abort();
  await expect(reader.read()).rejects.toThrow();
});

function paymentRequired(): APICallError {
  return new APICallError({
    message: 'Payment required',
    url: 'https://agent.example.com',
    requestBodyValues: {},
    statusCode: 402,
    responseHeaders: { 'Payment-Required': '0.2 seller USDC' },
    isRetryable: false,
  });
}
