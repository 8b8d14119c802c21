import type { Html } from '../../wallet/html';
import { showAgent } from '../../wallet/show-agent';

/** An agent, or if its URL is not known the name of its account, or else the account. */
export function showPayee(
  { agent, payee }: { agent?: string | undefined; payee?: string | undefined },
  names: Record<string, string>,
): Html {
  const account = agent === undefined ? payee : agent;
  const isNamed =
    account !== undefined &&
    (payee === undefined || account === payee) &&
    Object.hasOwn(names, account);
  return isNamed ? showAgent(account, payee, names[account]) : showAgent(agent, payee);
}
