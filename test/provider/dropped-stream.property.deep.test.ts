import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calm, lines, readAnswer, said, whole } from './dropped-lines';
import { agentOnABadLine, dialects, framings, record } from './forgetful-line';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

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
          const { text, error } = await readAnswer(agentOnABadLine(recorded, plan).model);
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
      expect(await readAnswer(model)).toMatchObject({ text: [whole], states: ['completed'] });
    });
    await Promise.all(atMany);
  });
});

test('an agent that keeps no artifacts with its tasks is taken at its word', async () => {
  const recorded = record({ said, dialect: dialects['0.3 JSON-RPC'], framing: framings.events });
  // It is listened to again as soon as a piece of text has shown that it keeps none.
  const [, first = 0] = recorded.ends;
  for (let cut = first; cut < recorded.bytes.length; cut += 11) {
    const plan = { ...calm, cuts: [cut], pace: 0, keepsNothing: true };
    const { model } = agentOnABadLine(recorded, plan);
    expect(await readAnswer(model)).toMatchObject({ text: [whole], states: ['completed'] });
  }
});
