/**
 * The CPU time of one streamed event against `a2a-ai-provider`, the provider for earlier versions of the AI
 * SDK. It is installed outside of this project, as a peer of the tests (test/peers/node/a2a-ai-provider), with
 * the AI SDK and the A2A SDK that it needs. Only its model is called: no AI SDK is measured.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installablePeer, isInstalled } from '../test/peers/installed-peers';
import { agentUrl, dialects } from './dialects';
import { figure, times } from './figure';
import { cpuOf, inTurn, median, ratio } from './in-turn';
import { expectWhole, goPrompt, readByProvider } from './read-streams';
import { type Replay, reads, replay } from './replay';

const peer = 'a2a-ai-provider';
const events = Number(process.env['EVENTS'] ?? 20_000);
const runs = Number(process.env['RUNS'] ?? 7);

/** The part of its model that is called. */
interface OlderModel {
  doStream: (options: { prompt: typeof goPrompt }) => Promise<{
    stream: ReadableStream<{ type: string; delta?: string }>;
  }>;
}

if (!isInstalled(peer)) {
  const installer = fileURLToPath(new URL('../test/peers/install-peers.ts', import.meta.url));
  spawnSync(process.execPath, ['--import', 'tsx', installer, peer], { stdio: 'inherit' });
}
if (isInstalled(peer)) await compareProviders();

async function compareProviders(): Promise<void> {
  const entry = join(installablePeer(peer).home, 'node_modules', peer, 'dist/index.js');
  const { a2a }: { a2a: (url: string) => OlderModel } = await import(pathToFileURL(entry).href);

  for (const [how, readBytes] of Object.entries(reads)) {
    const given = replay(dialects['0.3 JSON-RPC'], { events, readBytes });
    const { older, own } = await inTurn(
      {
        older: async () =>
          (await withGlobals(given, () => cpuOf(() => readByOlder(a2a, given)))) / events,
        own: async () => (await cpuOf(() => readByProvider(given))) / events,
      },
      { runs },
    );
    figure({
      what: `CPU of a streamed event, 0.3 JSON-RPC, ${how}, against \`${peer}\``,
      measured: `${times(ratio(own, older))} (${median(own).toFixed(1)} µs / ${median(older).toFixed(1)} µs)`,
      target: '≤ 0.7',
    });
  }
}

async function readByOlder(a2a: (url: string) => OlderModel, { length }: Replay): Promise<void> {
  const { stream } = await a2a(`${agentUrl}.well-known/agent-card.json`).doStream({
    prompt: goPrompt,
  });
  let read = 0;
  for await (const { delta, type } of stream) {
    if (type === 'text-delta') read += delta?.length ?? 0;
  }
  expectWhole(read, length);
}

/** It takes the global `fetch`, and writes each event to the console, which is not measured. */
async function withGlobals<RESULT>(given: Replay, work: () => Promise<RESULT>): Promise<RESULT> {
  const { fetch } = globalThis;
  const { error, log } = console;
  try {
    globalThis.fetch = given.fetch;
    console.log = console.error = () => {};
    return await work();
  } finally {
    globalThis.fetch = fetch;
    Object.assign(console, { error, log });
  }
}
