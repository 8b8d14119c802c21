import type { Dialect } from './dialects';

/** How many bytes a network read brings; 0: one event. */
export const reads = { 'one event a read': 0, '64 KB a read': 65_536 };

/** A `fetch` that answers with recorded bytes: a server would be slower than any client. */
export interface Replay {
  fetch: typeof fetch;
  /** Characters of the whole text. */
  length: number;
}

/**
 * Events beyond `different` repeat the earlier ones, byte by byte, so that a long stream needs no memory of
 * its own.
 */
export function replay(
  { artifact, card, done, frame, task }: Dialect,
  {
    events,
    readBytes,
    different = events - 1,
    text = wordAt,
  }: {
    events: number;
    readBytes: number;
    different?: number;
    text?: (at: number) => string;
  },
): Replay {
  const said = Array.from({ length: different }, (_, at) => text(at + 1));
  const repeats = (events - 1) / different;
  if (!Number.isInteger(repeats)) throw new Error(`${events - 1} is no multiple of ${different}`);
  const known = new Map<unknown, { head: Uint8Array[]; block: Uint8Array[]; tail: Uint8Array[] }>();
  const bytesFor = (id: unknown) => {
    const write = (results: object[]) =>
      chunksOf(
        results.map((result) => `data: ${frame(result, id)}\n\n`),
        readBytes,
      );
    return {
      head: write([task, artifact(0, text(0))]),
      block: write(said.map((one, at) => artifact(at + 1, one))),
      tail: write([done]),
    };
  };

  return {
    length: text(0).length + said.join('').length * repeats,
    async fetch(_, init) {
      if (init?.method !== 'POST') return Response.json(card);
      const id: unknown = JSON.parse(String(init.body)).id;
      const bytes = known.get(id) ?? bytesFor(id);
      known.set(id, bytes);
      const chunks = inOrder(bytes, repeats);
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const { done: isOver, value } = chunks.next();
          if (isOver === true) controller.close();
          else controller.enqueue(value);
        },
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    },
  };
}

export const wordAt = (at: number) => `word ${at} `;

function* inOrder(
  { block, head, tail }: Record<'head' | 'block' | 'tail', Uint8Array[]>,
  repeats: number,
): Generator<Uint8Array, void> {
  yield* head;
  for (let repeat = 0; repeat < repeats; repeat++) yield* block;
  yield* tail;
}

function chunksOf(texts: string[], readBytes: number): Uint8Array[] {
  const encoder = new TextEncoder();
  if (readBytes === 0) return texts.map((text) => encoder.encode(text));
  const bytes = encoder.encode(texts.join(''));
  return Array.from({ length: Math.ceil(bytes.length / readBytes) }, (_, at) =>
    bytes.slice(at * readBytes, (at + 1) * readBytes),
  );
}
