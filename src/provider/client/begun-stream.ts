import type { A2AEvents } from './a2a-client';
import type { A2AEvent } from './a2a-event';

type Result = IteratorResult<A2AEvent[], undefined>;

/** A stream as it is known when its first events are there. */
export interface BegunStream {
  first: Result;
  rest: A2AEvents | undefined;
}

/** A stream that is begun with the first `next`, and read without a layer between from then on. */
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
