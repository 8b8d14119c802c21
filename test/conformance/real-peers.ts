import { startPythonServer } from '../peers/python/python-peer';
import { litellmPeers } from './litellm-peers';
import { noCancel, whenDone, type RealPeer } from './real-peer';

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

const langgraph: RealPeer = {
  ...around,
  folder: 'langgraph',
  name: 'LangGraph’s API server',
  package: 'langgraph-api',
  speaks: '1.0, JSON-RPC',
  start: () => startPythonServer('langgraph'),
  cannot: { resume: whenDone },
  faults: {
    files:
      "it has a card of 1.0, and takes files in the form of 0.3 alone; the package sends what the card asks for: set `protocol: '0.3'` for such an agent",
  },
};
const langgraph03: RealPeer = {
  ...langgraph,
  speaks: "0.3, JSON-RPC (`protocol: '0.3'`)",
  agent: { protocol: '0.3' },
  faults: {},
};

const agno: RealPeer = {
  ...around,
  folder: 'agno',
  name: 'Agno’s AgentOS',
  package: 'agno',
  speaks: "0.3, JSON-RPC (`generate: 'stream'`)",
  agent: { generate: 'stream' },
  path: '/a2a/agents/peer/.well-known/agent-card.json',
  start: () => startPythonServer('agno'),
  cannot: { resume: 'it answers no questions about tasks' },
  faults: {
    files:
      'it answers an image in bytes with HTTP 500, so the call fails and its hold is refunded; send such an agent the URL of an image',
    abort: noCancel,
    settle:
      'it says `completed` of a model that failed before its first word; `verify` can refuse an answer without text, and the hold is refunded then',
  },
};

export const realPeers: RealPeer[] = [
  ...pythonSdk,
  ...frameworks,
  langgraph,
  langgraph03,
  agno,
  ...litellmPeers,
];
