import { isThisMachine } from '../internal/is-this-machine';
import { type Html, html } from './html';

/**
 * An agent by its name, else by its host (on this machine: its port) and path, or a payee's account if the agent
 * is not known.
 */
export function showAgent(
  agent: string | undefined,
  payee?: string | undefined,
  name?: string | undefined,
): Html {
  if (!agent) {
    return payee === undefined
      ? html`<span class="unknown">not known</span>`
      : html`<span title="the agent's account">${payee}</span>`;
  }
  return html`<span title="${agent}">${name ?? shortName(agent)}</span>`;
}

function shortName(agent: string): string {
  if (!URL.canParse(agent)) return agent;
  const url = new URL(agent);
  const { host, pathname, port, protocol, search } = url;
  if (protocol !== 'https:' && protocol !== 'http:') return agent;
  const path = pathname.endsWith('/') ? pathname.slice(0, -1) : pathname;
  return `${isThisMachine(url) && port !== '' ? `:${port}` : host}${path}${search}`;
}

const rails = new Map([
  ['a2a-se', 'Exchange'],
  ['nevermined', 'Nevermined'],
]);

export function showRail(rail: string): string {
  return rails.get(rail) ?? rail;
}
