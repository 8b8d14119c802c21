import type { Agent } from './agents';
import { sandbox } from './sandbox';

const origin = process.env.AGENTS_URL || sandbox?.exchangeUrl || process.env.A2A_EXCHANGE_URL;

/** The URL of an agent, which is also its model id. It is never taken from a request. */
export function agentUrl({ url }: Pick<Agent, 'url'>): string {
  return new URL(url, origin).href;
}
