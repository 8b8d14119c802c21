import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pageStyle } from '../../src/cli/dashboard/page-style';
import { walletColors, walletStyle } from '../../src/wallet/wallet-style';

const example = fileURLToPath(new URL('../../examples/next-chat', import.meta.url));
const exampleStyle = globSync('{app,components}/**/*.css', { cwd: example })
  .map((file) => readFileSync(`${example}/${file}`, 'utf8'))
  .join('\n');

it.each([
  ['the elements', walletColors + walletStyle],
  ['the dashboard', pageStyle],
  ['examples/next-chat', exampleStyle],
])('%s declare each CSS variable that they use', (_, style) => {
  const used = [...style.matchAll(/var\((--[\w-]+)/g)].map(([, name]) => name);
  const declared = new Set([...style.matchAll(/(--[\w-]+):/g)].map(([, name]) => name));
  expect(used.length).toBeGreaterThan(5);
  expect(used.filter((name) => !declared.has(name ?? ''))).toEqual([]);
});
