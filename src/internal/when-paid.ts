import type { RequestContext } from '@a2a-js/sdk/server';

const key = 'ai-sdk-a2a-settlement.when-paid';

type Action = () => Promise<void>;

/**
 * Runs an action when the work of a request is paid: immediately if the agent requires no payment, never if
 * the payment fails.
 */
export async function whenPaid(
  { context }: Pick<RequestContext, 'context'>,
  action: Action,
): Promise<void> {
  const actions: unknown = context.state.get(key);
  if (!(actions instanceof Actions)) return action();
  actions.list.push(action);
}

/** Postpones actions until the payment of a request. The returned function runs them. */
export function awaitPayment({ context }: Pick<RequestContext, 'context'>): Action {
  const actions = new Actions();
  context.state.set(key, actions);
  return async () => {
    for (const action of actions.list.splice(0)) await action();
  };
}

class Actions {
  readonly list: Action[] = [];
}
