import type { RequestContext } from '@a2a-js/sdk/server';

const key = 'ai-sdk-a2a-settlement.when-paid';

type Action = () => Promise<void>;

/**
 * Does something when the work of a request is paid for: at once where nobody pays for it, never where the
 * payment fails.
 */
export async function whenPaid(
  { context }: Pick<RequestContext, 'context'>,
  action: Action,
): Promise<void> {
  const actions: unknown = context.state.get(key);
  if (!(actions instanceof Actions)) return action();
  actions.list.push(action);
}

/** Puts off what waits for the payment of a request. The function that is returned does it. */
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
