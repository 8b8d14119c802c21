import { startNodeServer } from '../peers/node/node-peer';
import { noCancel, whenDone, type RealPeer } from './real-peer';

/** Agents around a model: it says text, and sees files. */
const around = { without: ['asking back', 'files of its own'] } satisfies Partial<RealPeer>;

const adk = (['JSON-RPC', 'HTTP+JSON'] as const).map((transport): RealPeer => ({
  ...around,
  folder: 'google-adk-js',
  name: 'Google ADK (Node, `toA2a`)',
  package: '@google/adk',
  speaks: `0.3, ${transport}`,
  start: () => startNodeServer('google-adk-js', { transport }),
  faults: { abort: noCancel },
}));

/** Those of the real peers that run on Node. */
export const realNodePeers: RealPeer[] = [
  ...adk,
  {
    ...around,
    folder: 'strands-agents-js',
    name: 'Strands (Node)',
    package: '@strands-agents/sdk',
    speaks: '0.3, JSON-RPC',
    start: () => startNodeServer('strands-agents-js'),
    faults: { abort: noCancel },
  },
  {
    ...around,
    folder: 'voltagent',
    name: 'VoltAgent',
    package: '@voltagent/a2a-server',
    speaks: '0.3, JSON-RPC',
    path: '/.well-known/scripted/agent-card.json',
    start: () => startNodeServer('voltagent'),
    cannot: {
      files: 'it refuses messages with anything but text',
      resume: whenDone,
    },
    faults: {
      'multi-turn':
        'it keeps the `contextId`, and a conversation only where it is told a `userId`: name one in the agent’s `endpoint`, `…/a2a/agent?context={"userId":"u-1"}`, URL-encoded',
    },
  },
  {
    ...around,
    folder: 'reactive-agents',
    name: 'Reactive Agents',
    package: '@reactive-agents/a2a',
    speaks: '0.3, JSON-RPC',
    start: () => startNodeServer('reactive-agents'),
    cannot: {
      files: 'it hands the text of one message to its agent, and nothing else',
      abort: whenDone,
      resume: whenDone,
    },
    faults: {
      'multi-turn':
        'it gives each turn a `contextId` of its own; the package notices, warns, and sends the whole conversation with the next turn',
    },
  },
];
