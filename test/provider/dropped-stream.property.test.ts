import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agentOnABadLine, dialects, framings, record, type Plan } from './forgetful-line';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const said = ['Zwölf ', '十二 🥊👩‍👩‍👧', ' aa', 'a', ' "q" \\ …'];
const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }];

const calm: Plan = {
  cuts: [],
  breaks: true,
  chunks: [64],
  resubscription: 'whole task',
  pace: 1,
  lag: 0,
  isMute: false,
};

const lines = Object.entries(dialects).flatMap(([name, dialect]) =>
  Object.entries(framings).map(([how, framing]) => {
    const recorded = record({ said, dialect, framing });
    return { name: `${name}, ${how}`, recorded, first: recorded.ends[0] ?? 0 };
  }),
);
const whole = said.join('');

describe.each(lines.filter(({ name }) => /, events$|^1.0 JSON-RPC/.test(name)))(
  '$name: cut at every byte',
  ({ recorded, first }) => {
    test.each([
      ['broken, and listened to again', { breaks: true, resubscription: 'whole task' }],
      ['ended quietly, and asked for its task', { breaks: false, resubscription: 'no' }],
    ] as const)('%s', async (_, how) => {
      const atEveryByte = Array.from(recorded.bytes, async (__, cut) => {
        const { model, requests } = agentOnABadLine(recorded, { ...calm, ...how, cuts: [cut] });
        const { text, error, states } = await read(model);
        if (error !== undefined) {
          // There is no task to ask for before the agent has named it.
          expect(cut).toBeLessThan(first);
          expect(error).toMatchObject({ name: 'AI_A2AProtocolError', isRetryable: false });
          expect(requests).toHaveLength(1);
        } else {
          expect({ cut, text }).toEqual({ cut, text: [whole] });
          expect(states).toEqual(['completed']);
        }
      });
      await Promise.all(atEveryByte);
    });
  },
);

describe.each(lines)('$name', ({ recorded, first }) => {
  const { length } = recorded.bytes;

  test('any number of cuts, in chunks of any size, whatever comes after them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          cuts: fc.array(fc.integer({ min: first, max: length }), { maxLength: 4 }),
          breaks: fc.boolean(),
          chunks: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
          resubscription: fc.constantFrom('no', 'whole task', 'overlap', 'gap'),
          pace: fc.integer({ min: 1, max: 3 }),
          lag: fc.integer({ min: 0, max: 2 }),
          isMute: fc.constant(false),
        }),
        async (plan) => {
          const { text, error } = await read(agentOnABadLine(recorded, plan).model);
          expect(error).toBeUndefined();
          expect(text).toEqual([whole]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('an agent that cannot be asked for its task is taken at its word', async () => {
    const cuts = Array.from(recorded.bytes.keys()).filter((cut) => cut >= first && cut % 7 === 0);
    const atMany = cuts.map(async (cut) => {
      const { model } = agentOnABadLine(recorded, { ...calm, cuts: [cut], isMute: true });
      expect(await read(model)).toMatchObject({ text: [whole], states: ['completed'] });
    });
    await Promise.all(atMany);
  });
});

test('an agent that keeps no artifacts with its tasks is taken at its word', async () => {
  const recorded = record({ said, dialect: dialects['0.3 JSON-RPC'], framing: framings.events });
  const [first = 0] = recorded.ends;
  for (let cut = first; cut < recorded.bytes.length; cut += 11) {
    const plan = { ...calm, cuts: [cut], pace: 0, keepsNothing: true };
    const { model } = agentOnABadLine(recorded, plan);
    expect(await read(model)).toMatchObject({ text: [whole], states: ['completed'] });
  }
});

/** The texts of an answer, each block by itself. */
async function read(model: ReturnType<typeof agentOnABadLine>['model']) {
  const texts = new Map<string, string>();
  const states: unknown[] = [];
  let error: unknown;
  try {
    const { stream } = await model.doStream({ prompt });
    for await (const part of stream) take(part);
  } catch (thrown) {
    error = thrown;
  }
  return { text: [...texts.values()], error, states };

  function take(part: LanguageModelV4StreamPart): void {
    if (part.type === 'text-delta') texts.set(part.id, (texts.get(part.id) ?? '') + part.delta);
    if (part.type === 'error') error = part.error;
    if (part.type === 'finish') states.push(part.finishReason.raw);
  }
}
