import type { A2AEvents } from './a2a-client';
import type { A2AEvent } from './a2a-event';

type Result = IteratorResult<A2AEvent[], undefined>;

/** A stream whose first events have arrived. */
export interface BegunStream {
  first: Result;
  rest: A2AEvents | undefined;
}

/** A stream that starts with the first `next`, and is then read without a layer in between. */
export function beginLater(begin: () => Promise<BegunStream>): A2AEvents {
  let rest: A2AEvents | undefined;
  let isBegun = false;
  const stream: A2AEvents = {
    next() {
      if (isBegun) return rest === undefined ? ended() : rest.next();
      isBegun = true;
      return begin().then((begun) => {
        ({ rest } = begun);
        return begun.first;
      });
    },
    return() {
      isBegun = true;
      return rest === undefined ? ended() : rest.return();
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}

async function ended(): Promise<Result> {
  return { done: true, value: undefined };
}
