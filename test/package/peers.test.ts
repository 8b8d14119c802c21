import ai from 'ai/package.json' with { type: 'json' };
import { expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

it('asks for the same zod as the AI SDK, and for its current line', () => {
  const { peerDependencies } = packageJson;
  expect(peerDependencies.zod).toBe(ai.peerDependencies.zod);
  expect(peerDependencies.ai).toBe(`^${ai.version.split('.')[0]}.0.0`);
});

it('asks for the same Node as the AI SDK', () => {
  expect(packageJson.engines).toEqual(ai.engines);
});
