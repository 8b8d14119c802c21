import { mkdirSync, writeFileSync } from 'node:fs';
import { createA2A } from 'ai-sdk-a2a-settlement';
import { describe, expect, test } from 'vitest';
import { isInstalled, versionOf } from '../peers/installed-peers';
import type { RecordedWire } from '../peers/recorded-wire';
import { recordWire } from '../peers/wire-recorder';
import { generated, streamed } from './asking';
import type { RealPeer } from './real-peer';
import { realPeers } from './real-peers';

const folder = new URL('../peers/recorded/', import.meta.url);

/** `UPDATE_RECORDINGS=1`: what test/provider/recorded-wire.test.ts replays. */
describe.skipIf(process.env['UPDATE_RECORDINGS'] === undefined)('the wire of real peers', () => {
  test.each(realPeers.map((peer) => ({ title: `${peer.name}, ${peer.speaks}`, peer })))(
    '$title',
    async ({ peer }) => {
      if (!isInstalled(peer.folder)) return;
      const started = await peer.start();
      const { url } = started;
      try {
        const { seen, fetch } = recordWire();
        const a2a = createA2A({
          fetch,
          agents: { peer: { ...peer.agent, url: `${url}${peer.path ?? ''}` } },
        });
        const model = a2a('peer');
        const sent = await generated({ model, prompt: 'completes' });
        const result = await streamed({ model, prompt: 'completes' });
        await model.task(String(result.a2a['taskId']));
        const bodies = seen.map(({ body, request }) => {
          const id: unknown = request === '' ? undefined : JSON.parse(request).id;
          // As numbers they can be told from those of tasks.
          const numbered = id === undefined ? body : body.replaceAll(JSON.stringify(id), '1');
          return numbered.replaceAll(url, 'https://agent.example.com');
        });
        const last = seen.findLastIndex(({ method }) => /stream/i.test(method));
        const first = seen.findIndex(({ method }) => /send/i.test(method));
        const recorded: RecordedWire = {
          peer: `${peer.name} ${versionOf(peer.folder, peer.package)}`,
          speaks: peer.speaks,
          text: result.text,
          card: JSON.parse(bodies[0] ?? ''),
          answer: bodies[first] ?? '',
          stream: bodies[last] ?? '',
          contentType: seen[last]?.contentType ?? '',
          task: bodies.at(-1) ?? '',
        };
        expect(sent.text).toBe(result.text);
        mkdirSync(folder, { recursive: true });
        writeFileSync(
          new URL(`${nameOf(peer)}.json`, folder),
          `${JSON.stringify(recorded, undefined, 2)}\n`,
        );
      } finally {
        await started.close();
      }
    },
  );
});

function nameOf({ folder: name, speaks }: RealPeer): string {
  return `${name}-${speaks}`.toLowerCase().replaceAll(/[^\w.]+/g, '-');
}
