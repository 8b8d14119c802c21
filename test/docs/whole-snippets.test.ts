import { expect, it } from 'vitest';
import { readPage } from './markdown';

// Readers copy these, so what is shown is what runs.
const shown: Record<string, string[]> = {
  'docs/paid-agents.md': [
    'test/docs/approve-tools.ts',
    'test/docs/own-paid-agent.test.ts',
    'test/docs/accept-vouchers.ts',
  ],
  'docs/guides/chat.md': ['examples/next-route.ts', 'examples/next-settlement.ts'],
  'docs/guides/edge.md': ['examples/cloudflare-worker.ts', 'examples/edge-function.ts'],
  'docs/guides/hosted-agents.md': [
    'test/docs/hosted/agent-core.ts',
    'test/docs/hosted/agent-engine.ts',
    'test/docs/hosted/foundry.ts',
    'test/docs/hosted/lang-graph.ts',
    'test/docs/hosted/pydantic-ai.ts',
  ],
};

const cases = Object.entries(shown).flatMap(([page, files]) =>
  files.map((file) => ({ page, file })),
);

it.each(cases)('$page shows $file as it is', ({ page, file }) => {
  expect(readPage(page)).toContain(`\`\`\`ts\n${readPage(file)}\`\`\``);
});

it('examples/next-chat/README.md creates the .gitignore that npm does not pack', () => {
  const [, list = ''] =
    /printf '%s\\n' (.+) > \.gitignore/.exec(readPage('examples/next-chat/README.md')) ?? [];
  const lines = list.replaceAll("'", '').split(' ');
  expect(lines).toEqual(readPage('examples/next-chat/.gitignore').trimEnd().split('\n'));
});
