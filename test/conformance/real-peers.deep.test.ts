import { readFileSync } from 'node:fs';
import { createA2A } from 'ai-sdk-a2a-settlement';
import { createSandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { describe, expect, test } from 'vitest';
import { isInstalled, versionOf } from '../peers/installed-peers';
import { recordWire } from '../peers/wire-recorder';
import { expectSilentConsole } from '../provider/silent-console';
import { generated, streamed } from './asking';
import { expectOnPage, page } from './expect-on-page';
import { realCells } from './real-cells';
import { realNodePeers } from './real-node-peers';
import type { RealPeer } from './real-peer';
import { realPeers as realPythonPeers } from './real-peers';
import { readRealTable, renderRealTable, type RealCell, type RealRow } from './real-table';
import { columns, type Column } from './subjects';

const realPeers = [...realPythonPeers, ...realNodePeers];
const isUpdating = process.env['UPDATE_DOCS'] !== undefined;
const found: RealRow[] = [];

describe('real peers', () => {
  // Says itself which are missing, so it comes before the console must be silent.
  const installed = new Map(
    [...new Set(realPeers.map(({ folder }) => folder))].map((folder) => [
      folder,
      isInstalled(folder),
    ]),
  );
  expectSilentConsole();

  describe.each(realPeers.map((peer) => ({ title: `${peer.name}, ${peer.speaks}`, peer })))(
    '$title',
    ({ peer }) => {
      test.skipIf(installed.get(peer.folder) !== true)('does what the table says', async () => {
        const { cells, wrong } = await askAll(peer);
        expect(wrong).toEqual([]);
        found.push({ ...headOf(peer), cells, run: new Date().toISOString().slice(0, 10) });
      });
    },
  );

  test('docs/agents.md has the table', () => {
    const before = readRealTable(readFileSync(page, 'utf8'));
    const rows = realPeers.flatMap((peer) => {
      const { speaks } = peer;
      const now = found.find((row) => row.peer === headOf(peer).peer && row.speaks === speaks);
      const then = before.find(
        (row) => row.peer.startsWith(`${peer.name} `) && row.speaks === speaks,
      );
      // What was not run stays as it was. That only the day is another is no news.
      if (now === undefined) return then ?? [];
      return !isUpdating && then !== undefined ? { ...now, run: then.run } : now;
    });
    expectOnPage('real-peers', renderRealTable(rows));
  });
});

function headOf({ folder, name, package: packageName, speaks }: RealPeer) {
  return { peer: `${name} ${versionOf(folder, packageName)}`, speaks };
}

/** Each cell, and what the registry did not foresee. */
async function askAll(peer: RealPeer) {
  const { agent, cannot = {}, ends = '', faults = {}, path = '', without = [] } = peer;
  const asks = [generated, streamed];
  const sandbox = createSandbox({ payerTokens: 1_000_000 });
  const started = await peer.start();
  const wrong: string[] = [];
  const cells: Partial<Record<Column, RealCell>> = {};
  // What hangs hangs on: some agents then do nothing else.
  const last = columns.filter((column) => column === 'abort');
  const first = columns.filter((column) => column !== 'abort');
  for (const column of [...first, ...last]) cells[column] = await cellOf(column);
  await started.close();
  sandbox.close();
  return { cells: cells as RealRow['cells'], wrong };

  async function cellOf(column: Column): Promise<RealCell> {
    const reason = cannot[column];
    if (reason !== undefined) return { mark: '–', note: reason };
    const wire = recordWire();
    const settings = { fetch: wire.fetch, polling: { intervalMs: 20, timeoutMs: 20_000 } };
    const a2a = createA2A({
      ...settings,
      agents: { peer: { ...agent, url: `${started.url}${path}` } },
    });
    const model = peer.call?.(started.url, settings) ?? a2a('peer');
    const fault = faults[column];
    const complaint = await realCells[column]({ model, wire, without, ends, asks }, sandbox).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (complaint === undefined) {
      if (fault !== undefined) wrong.push(`${column}: it works, so its fault is gone`);
      return { mark: 'yes' };
    }
    if (fault === undefined) wrong.push(`${column}: ${complaint}`);
    return { mark: 'no', ...(fault !== undefined && { note: fault }) };
  }
}
