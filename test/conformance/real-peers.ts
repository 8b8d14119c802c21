import type { A2AAgentSettings } from 'ai-sdk-a2a-settlement';
import type { PeerProcess } from '../peers/peer-process';
import { startPythonServer } from '../peers/python/python-peer';
import { realNodePeers } from './real-node-peers';
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
  /** What no caller can have of it, and why: `–`. Such a cell is not tried. */
  cannot?: Partial<Record<Column, string>>;
  /** What it does wrong, and what the package does about it: `no`. Such a cell must fail. */
  faults?: Partial<Record<Column, string>>;
  /** What its cells leave out, because the framework has no way to say it. */
  without?: ('asking back' | 'files of its own')[];
}

const transports = ['JSONRPC', 'HTTP+JSON'] as const;

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
  })),
);

export const realPeers: RealPeer[] = [...pythonSdk, ...realNodePeers];
