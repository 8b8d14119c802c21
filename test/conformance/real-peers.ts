import type { A2AAgentSettings, A2AProviderSettings } from 'ai-sdk-a2a-settlement';
import type { PeerProcess } from '../peers/peer-process';
import { startPythonServer } from '../peers/python/python-peer';
import { litellmPeers } from './litellm-peers';
import type { AskedPeer } from './real-cells';
import type { Column } from './subjects';

/**
 * A server that somebody else wrote: a row of the table of real peers. A new one is an entry in
 * `realPeers`, and a folder below test/peers with what is to be installed.
 */
export interface RealPeer {
  /** Its folder, which is the name that `npm run peers:install` knows. */
  folder: string;
  /** As the table has it, before the version. */
  name: string;
  /** The pinned package whose version the table has. */
  package: string;
  /** The second column: version of the protocol, and transport. */
  speaks: string;
  start: () => Promise<Pick<PeerProcess, 'url' | 'close' | 'said'>>;
  /** What its users set for it, beside the URL. */
  agent?: Omit<A2AAgentSettings, 'url' | 'urls' | 'endpoint'>;
  /** Below its origin, where it is not there. */
  path?: string;
  /** What its users call it by, where that is not `createA2A`. */
  call?: (
    url: string,
    settings: Pick<A2AProviderSettings, 'fetch' | 'polling'>,
  ) => AskedPeer['model'];
  /** What no caller can have of it, and why: `–`. Such a cell is not tried. */
  cannot?: Partial<Record<Column, string>>;
  /** What it does wrong, and what the package does about it: `no`. Such a cell must fail. */
  faults?: Partial<Record<Column, string>>;
  /** What its cells leave out, because the framework has no way to say it. */
  without?: ('asking back' | 'files of its own')[];
  /** What it puts behind each answer. */
  ends?: string;
}

const transports = ['JSONRPC', 'HTTP+JSON'] as const;

const bytesTwice = {
  files:
    'it has bytes in base64 twice over HTTP+JSON, and takes and gives no others; the package sends them once, as is specified: ask such an agent over JSON-RPC',
};

const pythonSdk = transports.flatMap((transport): RealPeer[] =>
  [
    { folder: 'a2a-sdk-1', version: '1.0' },
    { folder: 'a2a-sdk-0.3', version: '0.3' },
  ].map(({ folder, version }) => ({
    folder,
    name: 'a2a-sdk (Python)',
    package: 'a2a-sdk',
    speaks: `${version}, ${transport === 'JSONRPC' ? 'JSON-RPC' : transport}`,
    start: () => startPythonServer(folder, { settings: { transport } }),
    ...(folder === 'a2a-sdk-0.3' && transport === 'HTTP+JSON' && { faults: bytesTwice }),
  })),
);

/** Agents around a model: it says text, and sees files. */
const around = { without: ['asking back', 'files of its own'] } satisfies Partial<RealPeer>;

const frameworks: RealPeer[] = [
  {
    ...around,
    folder: 'google-adk',
    name: 'Google ADK (Python, `to_a2a`)',
    package: 'google-adk',
    speaks: '1.0, JSON-RPC',
    start: () => startPythonServer('google-adk'),
  },
  {
    ...around,
    folder: 'fasta2a',
    name: 'Pydantic AI on fasta2a',
    package: 'fasta2a',
    speaks: '1.0, JSON-RPC',
    start: () => startPythonServer('fasta2a'),
    faults: {
      abort:
        'it answers a cancel when its worker is free, which a task that hangs is not; the package asks, and waits no longer than `timeouts` says, and a hold goes by what becomes of the task',
    },
  },
  {
    ...around,
    folder: 'strands-agents',
    name: 'Strands (Python)',
    package: 'strands-agents',
    speaks: '0.3, JSON-RPC, streams of statuses',
    start: () => startPythonServer('strands-agents'),
    ends: '\n',
  },
  {
    ...around,
    folder: 'strands-agents',
    name: 'Strands (Python)',
    package: 'strands-agents',
    speaks: '0.3, JSON-RPC, streams of artifacts',
    start: () => startPythonServer('strands-agents', { settings: { compliant: true } }),
  },
  {
    ...around,
    folder: 'bedrock-agentcore',
    name: 'Bedrock AgentCore runtime',
    package: 'bedrock-agentcore',
    speaks: '0.3, JSON-RPC',
    start: () => startPythonServer('bedrock-agentcore'),
  },
  {
    ...around,
    folder: 'agent-framework',
    name: 'Microsoft Agent Framework (Python)',
    package: 'agent-framework-a2a',
    speaks: '1.0, JSON-RPC',
    start: () => startPythonServer('agent-framework'),
    cannot: { files: 'its `A2AExecutor` hands text alone to the agent' },
    faults: {
      'multi-turn':
        "it keeps the `contextId`, and gives its agent a new session for each message; `history: 'transcript'` sends the conversation along",
    },
  },
];

export const realPeers: RealPeer[] = [...pythonSdk, ...frameworks, ...litellmPeers];
