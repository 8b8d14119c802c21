import { startNodeServer } from '../peers/node/node-peer';
import type { RealPeer } from './real-peers';

/** Those of the real peers that run on Node. */
export const realNodePeers: RealPeer[] = [
  {
    folder: 'strands',
    name: '@strands-agents/sdk',
    package: '@strands-agents/sdk',
    speaks: '0.3, JSON-RPC',
    start: () => startNodeServer('strands'),
    without: ['asking back', 'files of its own'],
  },
  ...(['JSON-RPC', 'HTTP+JSON'] as const).map((transport): RealPeer => ({
    folder: 'google-adk',
    name: '@google/adk',
    package: '@google/adk',
    speaks: `0.3, ${transport}`,
    start: () => startNodeServer('google-adk', { transport }),
    without: ['asking back', 'files of its own'],
  })),
];
