import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { format } from 'node:util';
import { transform } from 'esbuild';
import { createSandbox, type Sandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { codeBlocks, pages, readPage } from './markdown';

// Blocks that begin with ```ts runnable are run as they stand, each one as a module of its own. A block of
// plain text that follows has what they print. A2A_AGENT_URL is set as `sandbox --env` does, and these
// addresses are those of other agents of the sandbox: docs/sandbox.md lists them for readers.
const agentHosts = {
  booking: 'asker',
  failing: 'failing',
  slow: 'slow',
  weather: 'data',
} as const;

const folder = new URL('.blocks/', import.meta.url);
const runnable = pages.flatMap((page) => {
  const blocks = codeBlocks(readPage(page));
  return blocks.flatMap(({ code, line, mark }, index) => {
    if (mark !== 'runnable') return [];
    const next = blocks[index + 1];
    const output =
      next?.language === 'text' && isNext(code, line, next.line) ? next.code : undefined;
    return [{ name: `${page}:${line}`, code, output }];
  });
});

let sandbox: Sandbox;

// One for all: the default `a2a` caches the cards of agents, and with them their accounts.
beforeAll(() => {
  // At an origin of its own, since other files may use the default `a2a`, too.
  sandbox = createSandbox({ agentDelayMs: 1, origin: 'https://docs.test' });
  vi.stubGlobal('fetch', sandbox.fetch);
  vi.stubGlobal('AI_SDK_LOG_WARNINGS', false);
  vi.stubEnv('A2A_AGENT_URL', sandbox.agents.streamer.url);
  vi.stubEnv('A2A_EXCHANGE_URL', sandbox.exchangeUrl);
  vi.stubEnv('A2A_PAYER_API_KEY', sandbox.payer.apiKey);
  vi.stubEnv('A2A_CONVERSATION_SECRET', 'a secret of 32 characters or more');
  mkdirSync(folder, { recursive: true });
});

afterEach(() => vi.restoreAllMocks());

afterAll(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  sandbox.close();
  rmSync(folder, { force: true, recursive: true });
});

describe('blocks that are marked as runnable', () => {
  it('are there', () => expect(runnable.length).toBeGreaterThan(5));

  it.each(['README.md', 'docs/index.md'])('%s begins with one that is JavaScript', async (page) => {
    const [block] = codeBlocks(readPage(page));
    expect(block?.mark).toBe('runnable');
    await expect(transform(block?.code ?? '', { loader: 'js' })).resolves.toBeDefined();
  });

  it('name hosts that docs/sandbox.md lists', () => {
    const listed = readPage('docs/sandbox.md');
    for (const [host, agent] of Object.entries(agentHosts)) {
      expect(listed).toContain(`| \`https://${host}.example.com\` | \`${agent}\` |`);
    }
  });

  it.each(runnable)('$name', async ({ name, code, output }) => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((...values) => {
      lines.push(format(...values));
    });
    const file = new URL(`${name.replaceAll(/[^\w]/g, '_')}.ts`, folder);
    writeFileSync(file, withAgentsOf(sandbox, code));
    await import(/* @vite-ignore */ file.pathname);
    if (output !== undefined) expect(`${lines.join('\n')}\n`).toBe(output);
    expect(sandbox.ledger().escrows.filter(({ status }) => status === 'held')).toEqual([]);
  });
});

function withAgentsOf({ agents }: Sandbox, code: string): string {
  return Object.entries(agentHosts).reduce(
    (text, [host, name]) =>
      text.replaceAll(`https://${host}.example.com`, agents[name].url.slice(0, -1)),
    code,
  );
}

/** Whether nothing but an empty line is between a block and the next one. */
function isNext(code: string, line: number, nextLine: number): boolean {
  return nextLine - (line + code.split('\n').length) <= 2;
}
