import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveSandbox } from '../../src/sandbox/serve-sandbox';
import type { Behaviour } from '../peers/behaviours';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import type { Consumer } from './perform';
import type { Runtime } from './runtimes/runtimes';

/** What each consumer of a stream does, against an agent that suits it, and what it must come to. */
const cases: { consumer: Consumer; behaviour: Behaviour; events: string[]; cancels?: boolean }[] = [
  { consumer: 'reads all', behaviour: 'slow', events: ['held', 'released'] },
  {
    consumer: 'aborts mid-stream',
    behaviour: 'hangs',
    events: ['held', 'refunded'],
    cancels: true,
  },
  { consumer: 'aborts before the start', behaviour: 'slow', events: [] },
  { consumer: 'times out', behaviour: 'hangs', events: ['held', 'refunded'], cancels: true },
  { consumer: 'breaks out of textStream', behaviour: 'slow', events: ['held', 'released'] },
  { consumer: 'cancels the response body', behaviour: 'slow', events: ['held', 'released'] },
  { consumer: 'never reads', behaviour: 'slow', events: ['held', 'released'] },
];

/** Describes how every consumer of a stream is settled in a runtime. */
export function describeConsumers(name: string, start: () => Promise<Runtime>): void {
  describe(`in ${name}`, () => {
    let runtime: Runtime | undefined;
    beforeAll(async () => {
      runtime = await start();
    });
    afterAll(() => runtime?.close());

    describe.each([
      { name: 'SDK 1.x', start: startSdk1Peer },
      { name: 'SDK 0.3', start: startSdk03Peer },
    ])('with $name', ({ start }) => {
      test.each(cases)(
        'a consumer that $consumer',
        async ({ consumer, behaviour, ...expected }) => {
          const sandbox = await serveSandbox({});
          const peer = await start();
          try {
            const report = await runtime?.perform({
              mode: 'stream',
              consumer,
              prompt: behaviour,
              agentUrl: peer.url,
              exchangeUrl: sandbox.exchangeUrl,
              apiKey: sandbox.payer.apiKey,
              payee: sandbox.agents.streamer.accountId,
            });

            expect(report?.events).toEqual(expected.events);
            expect(peer.messages()).toHaveLength(expected.events.length === 0 ? 0 : 1);
            expect(peer.canceled).toHaveLength(expected.cancels === true ? 1 : 0);

            const { accounts, escrows } = sandbox.ledger();
            expect(escrows.map(({ status }) => status)).toEqual(expected.events.slice(1));
            expect(accounts.reduce((sum, { held }) => sum + held, 0)).toBe(0);
            const payee = accounts.find(({ id }) => id === sandbox.agents.streamer.accountId);
            expect(payee?.earned).toBe(expected.events.includes('released') ? 10 : 0);
          } finally {
            await peer.close();
            await sandbox.close();
          }
        },
      );
    });
  });
}
