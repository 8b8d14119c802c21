import { asker } from './asker';
import { data } from './data';
import type { DemoAgent } from './demo-agent';
import { failing } from './failing';
import { slow } from './slow';
import { streamer } from './streamer';

/** The sandbox's agents, by the name in their URL. */
export const demoAgents = { streamer, failing, asker, slow, data } satisfies Record<
  string,
  DemoAgent
>;

export type DemoAgentName = keyof typeof demoAgents;
