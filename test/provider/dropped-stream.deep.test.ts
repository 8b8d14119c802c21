import { describe, expect, test } from 'vitest';
import { calm, lines, readAnswer, whole } from './dropped-lines';
import { agentOnABadLine } from './forgetful-line';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

describe.each(lines.filter(({ name }) => /, events$|^1.0 JSON-RPC/.test(name)))(
  '$name: cut at every byte',
  ({ recorded, first }) => {
    test.each([
      ['broken, and listened to again', { breaks: true, resubscription: 'whole task' }],
      ['ended quietly, and asked for its task', { breaks: false, resubscription: 'no' }],
    ] as const)('%s', async (_, how) => {
      const atEveryByte = Array.from(recorded.bytes, async (__, cut) => {
        const { model, requests } = agentOnABadLine(recorded, { ...calm, ...how, cuts: [cut] });
        const { text, error, states } = await readAnswer(model);
        if (error !== undefined) {
          // There is no task to ask for before the agent has named it.
          expect(cut).toBeLessThan(first);
          expect(error).toMatchObject({ name: 'AI_A2AProtocolError', isRetryable: false });
          // It is asked for a list, and has none.
          expect(requests.filter((name) => !/ListTasks|\/tasks$/.test(name))).toHaveLength(1);
        } else {
          expect({ cut, text }).toEqual({ cut, text: [whole] });
          expect(states).toEqual(['completed']);
        }
      });
      await Promise.all(atEveryByte);
    });
  },
);
