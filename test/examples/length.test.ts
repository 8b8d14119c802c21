import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const folder = new URL('../../examples/', import.meta.url);
const examples = readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== 'demo.ts');

it('has the examples that the documentation names', () => {
  expect(examples.toSorted()).toEqual([
    'agent-as-tool.ts',
    'cloudflare-worker.ts',
    'durable-storage.ts',
    'edge-function.ts',
    'generate-text.ts',
    'litellm.ts',
    'next-cron-route.ts',
    'next-route.ts',
    'next-settlement.ts',
    'observability.ts',
    'paid-agent-worker.ts',
    'push-notification.ts',
    'stream-text.ts',
    'x402.ts',
  ]);
});

it.each(examples)('examples/%s has at most 40 lines of at most 100 columns', (file) => {
  const lines = readFileSync(new URL(file, folder), 'utf8').trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(40);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
});

it('sells in Next.js with a route of at most 20 lines', () => {
  const route = new URL('paid-agent-next/app/agent/[[...path]]/route.ts', folder);
  expect(readFileSync(route, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(20);
});
