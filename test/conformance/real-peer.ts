import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { A2AAgentSettings, A2AProviderSettings } from 'ai-sdk-a2a-settlement';
import type { A2ALanguageModel } from '../../src/provider/a2a-language-model';
import type { PeerProcess } from '../peers/peer-process';
import type { Column } from './subjects';

/** What the cells ask. */
export type AskedModel = LanguageModelV4 & Pick<A2ALanguageModel, 'task'>;

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
  call?: (url: string, settings: Pick<A2AProviderSettings, 'fetch' | 'polling'>) => AskedModel;
  /** What no caller can have of it, and why: `–`. Such a cell is not tried. */
  cannot?: Partial<Record<Column, string>>;
  /** What it does wrong, and what the package does about it: `no`. Such a cell must fail. */
  faults?: Partial<Record<Column, string>>;
  /** What its cells leave out, because the framework has no way to say it. */
  without?: ('asking back' | 'files of its own')[];
  /** What it puts behind each answer. */
  ends?: string;
}

/** Of frameworks that keep a task to themselves until it has ended. */
export const whenDone = 'it answers when the work is done, and not before';

export const noCancel =
  'it refuses to cancel, and works on; the package leaves its stream, and `onAbort` decides about the hold';
