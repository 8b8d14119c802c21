import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/paid-agents.md', import.meta.url), 'utf8');

// Readers copy these, so what is shown is what runs.
it.each(['approve-tools.ts', 'own-paid-agent.test.ts', 'accept-vouchers.ts'])(
  'docs/paid-agents.md shows test/docs/%s as it is',
  (file) => {
    const code = readFileSync(new URL(file, import.meta.url), 'utf8');
    expect(page).toContain(`\`\`\`ts\n${code}\`\`\``);
  },
);
