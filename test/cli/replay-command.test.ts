import { generateText, wrapLanguageModel } from 'ai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createA2A, createSettlement, exchangeRail } from '../../src/index';
import { runCli } from '../../src/cli/run-cli';
import { record } from '../../src/recording';
import { createSandbox } from '../../src/sandbox';

let folder: string;
let ticket: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-'));
  ticket = join(folder, 'ticket.jsonl');
  const { agents, exchangeUrl, fetch, payer } = createSandbox({ agentDelayMs: 0 });
  const recording = record({ fetch });
  const rail = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, ...recording.rail });
  const model = wrapLanguageModel({
    model: createA2A({ ...recording.provider })(agents.data.url),
    middleware: recording.middleware(createSettlement({ rail })),
  });
  await generateText({ model, prompt: 'Weather in Lisbon' });
  await writeFile(ticket, recording.toText());
});
afterAll(() => rm(folder, { recursive: true }));

it('shows what was recorded and what comes of it now', async () => {
  const { code, stdout, stderr } = await run([ticket]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^generate https:\/\/sandbox\.test\/agents\/data\/\n +RECORDED +REPLAYED\n/,
  );
  expect(stdout).toMatch(/\nstatus +released +released\n/);
  expect(stdout).not.toContain('differs');
});

it('marks what differs with other options', async () => {
  const options = join(folder, 'options.json');
  await writeFile(options, '{"price":50}');
  const { code, stdout } = await run([ticket, '--options', options]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/\namount +5 +50 +differs\n/);
  expect(stdout).toContain(
    'Not in the recording, and answered by a stand-in: POST /v1/exchange/escrow, POST /v1/exchange/release\n',
  );
});

it('says first why the call fails with other options', async () => {
  const options = join(folder, 'limits.json');
  await writeFile(options, '{"limits":{"perCall":4}}');
  const { code, stdout } = await run([ticket, '--options', options]);
  expect(code).toBe(1);
  const [, why, , first] = stdout.split('\n');
  expect(why).toMatch(/^The replayed call failed: AI_SettlementError LIMIT_EXCEEDED: .*perCall/);
  expect(first).toMatch(/^error +- +LIMIT_EXCEEDED +differs$/);
});

it('cuts the line, and reconciles', async () => {
  const { code, stdout } = await run([ticket, '--cut-after', '3', '--clock=-900']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/\nstatus +released +pending +differs\n/);
  expect(stdout).toContain('Reconciled: {"status":"released"');
  const json = await run([ticket, '--cut-after', '3', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ reconciled: [{ status: 'released' }] });
});

it('shows a recording of a stranger without control of the terminal', async () => {
  const hostile = join(folder, 'hostile.jsonl');
  const controls = '\u001b[2J\u009b31m\u202e';
  const modelId = `https://agent.example.com/${controls}`;
  const lines = [
    { type: 'recording', version: 1, settlement: {} },
    { type: 'call', mode: 'generate', modelId, params: {} },
    { type: 'event', name: 'held', receipt: { status: controls, [controls]: 1 } },
    { type: 'result', finishReason: controls, error: { name: controls, message: controls } },
  ];
  await writeFile(hostile, lines.map((line) => JSON.stringify(line)).join('\n'));
  for (const options of [[], ['--json']]) {
    const { stdout } = await run([hostile, ...options]);
    expect(stdout).toContain('2J');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202E]/u);
  }
});

it('says what is wrong with its files', async () => {
  const notes = join(folder, 'notes.txt');
  await writeFile(notes, 'Milk');
  expect(await run([])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/Exactly one FILE/),
  });
  expect(await run([join(folder, 'none')])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/cannot be read/),
  });
  expect(await run([notes])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/not a recording: line 1/),
  });
  expect(await run([ticket, '--options', notes])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/not a JSON/),
  });
  expect(await run([ticket, '--clock', 'late'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--clock/),
  });
  await writeFile(notes, '{"prise":5}');
  expect(await run([ticket, '--options', notes])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/prise/),
  });
});

async function run(args: string[]) {
  let stdout = '';
  let stderr = '';
  const code = await runCli(['replay', ...args], {
    env: {},
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    untilStopped: async () => {},
  });
  return { code, stdout, stderr };
}
