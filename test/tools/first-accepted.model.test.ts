import type { LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { firstAccepted, NoAcceptedAnswerError } from 'ai-sdk-a2a-settlement/tools';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { watchOf } from '../../src/internal/call-watch';

/** What one agent does, and what becomes of what was held for it. */
type Deed =
  | { type: 'answers'; isGood: boolean; price: number; refund: 'at once' | 'pending' | 'taken' }
  | { type: 'fails'; price: number; refund: 'at once' | 'pending' | 'taken' }
  /** Before anything is held. */
  | { type: 'throws' }
  | { type: 'asks back'; price: number }
  /** The hold's answer is lost: nobody says what became of it. */
  | { type: 'loses'; price: number }
  | { type: 'sees an abort'; price: number }
  /** Its answer is paid, and lost after that. */
  | { type: 'breaks'; price: number }
  | { type: 'is free'; isGood: boolean };

const price = fc.integer({ min: 1, max: 12 });
const refund = fc.constantFrom('at once' as const, 'pending' as const, 'taken' as const);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ type: fc.constant('answers' as const), isGood: fc.boolean(), price, refund }),
  fc.record({ type: fc.constant('fails' as const), price, refund }),
  fc.record({ type: fc.constant('throws' as const) }),
  fc.record({ type: fc.constant('asks back' as const), price }),
  fc.record({ type: fc.constant('loses' as const), price }),
  fc.record({ type: fc.constant('sees an abort' as const), price }),
  fc.record({ type: fc.constant('breaks' as const), price }),
  fc.record({ type: fc.constant('is free' as const), isGood: fc.boolean() }),
);

/** The money of one generation, as a ledger would have it. */
class Ledger {
  open = 0;
  opened = 0;
  /** What was paid, and what may be. */
  spent = 0;
  paid = 0;
  most = 0;

  hold(amount: number): void {
    this.open += amount;
    this.opened++;
    this.most = Math.max(this.most, this.spent + this.open);
  }

  end(amount: number, how: 'paid' | 'back' | 'stays'): void {
    this.open -= amount;
    if (how !== 'back') this.spent += amount;
    if (how === 'paid') this.paid++;
  }
}

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** A settled agent, with nothing of the settlement but what it asks of a watch. */
function agentOf(deed: Deed, at: number, ledger: Ledger, abort: () => void): LanguageModelV4 {
  const work = async (options: LanguageModelV4CallOptions) => {
    expect(ledger.open, 'a hold is open while another agent is asked').toBe(0);
    const watch = watchOf(options);
    if (watch === undefined) throw new Error('nobody watches');
    if (deed.type === 'throws') throw new Error('out of order');
    const isGood = deed.type === 'breaks' || ('isGood' in deed && deed.isGood);
    const raw = deed.type === 'asks back' ? 'input-required' : 'stop';
    const finishReason = { unified: raw === 'stop' ? ('stop' as const) : ('other' as const), raw };
    const text = isGood ? 'good' : 'bad';
    const content = [{ type: 'text' as const, text }];
    const result = { content, finishReason, usage, warnings: [] };
    if (deed.type === 'is free') return result;
    const escrowId = `escrow-${at}`;
    watch.approve({ agent: `agent-${at}`, amount: deed.price });
    ledger.hold(deed.price);
    const told = (status: string, captured: number) =>
      watch.told({ status, escrowId, amount: deed.price, captured });
    const goesBack = (how: 'at once' | 'pending' | 'taken') => {
      ledger.end(deed.price, how === 'at once' ? 'back' : 'stays');
      if (how === 'at once') told('refunded', 0);
      else if (how === 'taken') told('taken', deed.price);
      else watch.told({ status: 'pending', escrowId, amount: deed.price });
    };
    switch (deed.type) {
      case 'sees an abort':
        abort();
        goesBack('at once');
        throw options.abortSignal?.reason;
      case 'loses':
        ledger.end(deed.price, 'stays');
        throw new Error('lost');
      case 'fails':
        goesBack(deed.refund);
        throw new Error('failed');
      default: {
        const isQuestion = deed.type === 'asks back';
        const answer = {
          agent: `agent-${at}`,
          text,
          data: [],
          files: 0,
          finishReason: finishReason.unified,
          usage,
          providerMetadata: undefined,
        };
        if (await watch.verify(answer, { isQuestion })) {
          ledger.end(deed.price, 'paid');
          told('released', deed.price);
          if (deed.type === 'breaks') throw new Error('broken');
        } else if (deed.type === 'answers') goesBack(deed.refund);
        else goesBack('at once');
        return result;
      }
    }
  };
  return {
    specificationVersion: 'v4',
    provider: 'a2a',
    modelId: `agent-${at}`,
    supportedUrls: {},
    doGenerate: work,
    async doStream(options) {
      const { content, finishReason } = await work(options);
      return {
        stream: new ReadableStream({
          start(controller) {
            controller.enqueue({ type: 'stream-start', warnings: [] });
            for (const { text } of content) {
              controller.enqueue({ type: 'text-start', id: '1' });
              controller.enqueue({ type: 'text-delta', id: '1', delta: text });
              controller.enqueue({ type: 'text-end', id: '1' });
            }
            controller.enqueue({ type: 'finish', finishReason, usage });
            controller.close();
          },
        }),
      };
    },
  };
}

/** What should come of it: which agent's answer, or none. */
function expected(deeds: Deed[], budget: number): number | 'aborted' | 'broken' | 'none' {
  let left = budget;
  for (const [at, deed] of deeds.entries()) {
    if (deed.type === 'throws') continue;
    if (deed.type === 'is free') {
      if (deed.isGood) return at;
      continue;
    }
    if (deed.price > left) continue;
    if (deed.type === 'sees an abort') return 'aborted';
    if (deed.type === 'breaks') return 'broken';
    if (deed.type === 'answers' && deed.isGood) return at;
    const isBack = deed.type === 'asks back' || ('refund' in deed && deed.refund === 'at once');
    if (!isBack) left -= deed.price;
  }
  return 'none';
}

test.each(['generate', 'stream'])('%s: one hold at a time, one answer, one budget', async (how) => {
  const schedules = fc.record({
    deeds: fc.array(deed, { minLength: 1, maxLength: 7 }),
    budget: fc.integer({ min: 0, max: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(schedules, async ({ budget, deeds }) => {
      const ledger = new Ledger();
      const controller = new AbortController();
      const abort = () => controller.abort(new Error('enough'));
      const model = firstAccepted(
        deeds.map((one, at) => agentOf(one, at, ledger, abort)),
        { verify: ({ text }) => text === 'good', budget },
      );
      const options: LanguageModelV4CallOptions = {
        prompt: [{ role: 'user', content: [{ type: 'text', text: 'Work' }] }],
        abortSignal: controller.signal,
      };
      let outcome: unknown;
      try {
        outcome =
          how === 'generate' ? await generated(model, options) : await streamed(model, options);
      } catch (error) {
        if (NoAcceptedAnswerError.isInstance(error)) {
          expect(error.tries).toHaveLength(deeds.length);
          outcome = 'none';
        } else {
          const { aborted, reason } = controller.signal;
          expect(error).toEqual(aborted ? reason : new Error('broken'));
          outcome = aborted ? 'aborted' : 'broken';
        }
      }
      const should = expected(deeds, budget);
      expect(outcome).toBe(typeof should === 'number' ? `good of agent-${should}` : should);
      expect(ledger.most).toBeLessThanOrEqual(budget);
      expect(ledger.open).toBe(0);
      const isPaid =
        should === 'broken' || (typeof should === 'number' && deeds[should]?.type === 'answers');
      expect(ledger.paid).toBe(isPaid ? 1 : 0);
    }),
    { numRuns: 500 },
  );
});

async function generated(model: LanguageModelV4, options: LanguageModelV4CallOptions) {
  const { content, providerMetadata } = await model.doGenerate(options);
  const texts = content.map((part) => (part.type === 'text' ? part.text : part.type));
  return `${texts.join('')} of ${String(providerMetadata?.['firstAccepted']?.['model'])}`;
}

async function streamed(model: LanguageModelV4, options: LanguageModelV4CallOptions) {
  const { stream } = await model.doStream(options);
  let told = '';
  for await (const part of stream) {
    if (part.type === 'text-delta') told += part.delta;
    if (part.type === 'finish') {
      told += ` of ${String(part.providerMetadata?.['firstAccepted']?.['model'])}`;
    }
  }
  return told;
}
