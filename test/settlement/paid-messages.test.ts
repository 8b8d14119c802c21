import { convertReadableStreamToArray } from '@ai-sdk/provider-utils/test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SettlementJournal } from '../../src/settlement/state/settlement-journal';
import { aPaidAgent } from './a-paid-agent';
import { CapturingRail, usdc } from './capturing-rail';
import { entries } from './journal-entries';
import { promptAfter, settlementOf, type Turn } from './scripted-agent';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-01T00:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

/** An agent that is paid for each message, and says so on its card. */
function aDearTalk(
  pays: 'task' | 'message',
  turns: Turn[],
  options: Parameters<typeof aPaidAgent>[0] = {},
) {
  const chain = new CapturingRail();
  chain.pays = pays;
  chain.cardTerms = { payee: 'seller', amount: '0.25', currency: usdc, required: true };
  const paid = aPaidAgent({ ...options, chain, turns });
  return { ...paid, captures: () => [...chain.captures.values()] };
}

const takes = (talk: () => ReturnType<typeof aDearTalk>, turn: Turn = {}): Turn => ({
  ...turn,
  work: () => talk().chain.capture(),
});

describe('a hold that pays one message', () => {
  it('is settled when the agent asks back, and the next turn has one of its own', async () => {
    const talk = aDearTalk('message', [
      takes(() => talk, { state: 'input-required' }),
      takes(() => talk),
    ]);
    const asked = await talk.model.doGenerate({ prompt: promptAfter() });
    expect(settlementOf(asked)).toMatchObject({ status: 'released', captured: '0.25' });
    const answered = await talk.model.doGenerate({ prompt: promptAfter(asked) });
    expect(settlementOf(answered)).toMatchObject({ status: 'released', captured: '0.25' });
    expect(talk.names()).toEqual(['held', 'released', 'held', 'released']);
    expect(talk.chain.decorations).toEqual([true, true]);
    expect(talk.agent.calls[1]?.providerOptions?.['a2a']).toMatchObject({
      metadata: { paid: 'chain-2' },
    });
    expect(talk.storage.left()).toEqual([]);
  });

  it('leaves no mark in what the next turn is prompted with', async () => {
    const talk = aDearTalk('message', [takes(() => talk, { state: 'input-required' })]);
    const asked = await talk.model.doGenerate({ prompt: promptAfter() });
    expect(
      asked.content.map(({ providerMetadata }) => Object.keys(providerMetadata ?? {})),
    ).toEqual([['a2a']]);
  });

  it('is settled in a stream, too', async () => {
    const talk = aDearTalk('message', [takes(() => talk, { state: 'auth-required' })]);
    const { stream } = await talk.model.doStream({ prompt: promptAfter() });
    const parts = await convertReadableStreamToArray(stream);
    const finish = parts.flatMap((part) => (part.type === 'finish' ? [settlementOf(part)] : []));
    expect(finish).toMatchObject([{ status: 'released' }]);
  });

  it('counts with every message, so that limits see them all', async () => {
    const limits = { USDC: { perCall: 0.5, perConversation: '0.4' } };
    const talk = aDearTalk(
      'message',
      [takes(() => talk, { state: 'input-required' }), takes(() => talk)],
      { options: { limits } },
    );
    const asked = await talk.model.doGenerate({ prompt: promptAfter() });
    await expect(talk.model.doGenerate({ prompt: promptAfter(asked) })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
    expect(talk.captures()).toEqual(['0.25']);
  });

  it('is not verified before there is an answer', async () => {
    const verify = vi.fn(() => false);
    const talk = aDearTalk('message', [takes(() => talk, { state: 'input-required' })], {
      options: { verify },
    });
    const asked = await talk.model.doGenerate({ prompt: promptAfter() });
    expect(settlementOf(asked)).toMatchObject({ status: 'released' });
    expect(verify).not.toHaveBeenCalled();
  });

  it('is settled by reconcile, when its process died while the agent asked', async () => {
    const talk = aDearTalk('message', []);
    const wish = { taskId: 'aisdk-1', payee: 'seller', amount: '0.25', ttlMinutes: 1 };
    const hold = await talk.chain.hold(wish);
    talk.chain.hasLedger = false;
    await new SettlementJournal(talk.storage).put(entries.working(hold));
    const waits = { state: 'input-required', metadata: { receipt: '0.25' } };
    talk.agent.tasks.set('task-1', waits);
    const provider = { languageModel: () => talk.agent };
    const { settled } = await talk.settlement.reconcile({ graceMs: 0, provider });
    expect(settled).toMatchObject([{ receipt: { status: 'released', captured: '0.25' } }]);
    expect(talk.storage.left()).toEqual([]);
  });
});

it('a hold that pays the task is kept while the agent asks back', async () => {
  const talk = aDearTalk('task', [takes(() => talk, { state: 'input-required' })]);
  const asked = await talk.model.doGenerate({ prompt: promptAfter() });
  expect(settlementOf(asked)).toMatchObject({ status: 'kept' });
});
