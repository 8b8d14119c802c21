import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** @type {import('next').NextConfig} */
export default {
  // Every run builds into a folder of its own, so that two runs cannot disturb each other.
  distDir: process.env.NEXT_CHAT_DIST_DIR ?? '.next',
  outputFileTracingRoot: root,
  turbopack: {
    root,
    // The package as it is in src/, not as it was last built.
    resolveAlias: {
      'ai-sdk-a2a-settlement': './../../../../src/index.ts',
      'ai-sdk-a2a-settlement/agent': './../../../../src/agent/index.ts',
    },
  },
  agentRules: false,
  experimental: { agentUpgrade: false, turbopackFileSystemCacheForBuild: false },
};
