import { expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { complaintAboutNode } from '../../src/cli/node-version';

it.each(['22.0.0', '24.21.0', '100.0.0'])('is content with Node %s', (version) => {
  expect(complaintAboutNode(version)).toBeUndefined();
});

it.each(['18.20.8', '20.19.0', '21.7.3', '9.0.0'])('says of Node %s what to install', (version) => {
  expect(complaintAboutNode(version)).toBe(
    `a2a-settlement: This is Node ${version}, and ai-sdk-a2a-settlement needs Node 22 or later, as the AI SDK does. Install it from https://nodejs.org, or run: nvm install 22\n`,
  );
});

it('agrees with what npm is told', () => {
  expect(packageJson.engines.node).toBe('>=22');
});
