import { delay } from '@ai-sdk/provider-utils';

/**
 * Reads a chain until it shows a reported event, for at most two seconds: a node may be some blocks behind the
 * node of the reporter.
 *
 * @returns the last read value.
 */
export async function awaitChain<FATE>(
  read: () => Promise<FATE>,
  isThere: (fate: FATE) => boolean,
  { abortSignal }: { abortSignal: AbortSignal | undefined },
): Promise<FATE> {
  let fate = await read();
  for (const ms of LAG_MS) {
    if (isThere(fate)) break;
    await delay(ms, { ...(abortSignal !== undefined && { abortSignal }) });
    fate = await read();
  }
  return fate;
}

const LAG_MS = [250, 500, 1000];
