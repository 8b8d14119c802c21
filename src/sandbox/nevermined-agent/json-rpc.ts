import type { JSONObject, JSONValue } from '@ai-sdk/provider';
import * as z from 'zod/v4';

export interface RpcCall {
  id: string | number | null;
  method: string;
  params: JSONObject;
}

const callSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number(), z.null()]).default(null),
  method: z.string(),
  params: z
    .record(
      z.string(),
      z.custom<JSONValue>(() => true),
    )
    .default({}),
});

export function parseRpc(text: string): RpcCall | undefined {
  try {
    return callSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function rpcAnswer(id: RpcCall['id'], result: JSONObject): JSONObject {
  return { jsonrpc: '2.0', id, result };
}

export function rpcError(id: RpcCall['id'] | undefined, code: number, message: string): JSONObject {
  return { jsonrpc: '2.0', ...(id !== undefined && { id }), error: { code, message } };
}

/** Server-sent events. The work is read to its end even if the caller leaves. */
export function sseResponse(id: RpcCall['id'], work: AsyncIterable<JSONObject>): Response {
  const encoder = new TextEncoder();
  let isLeft = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (frame: JSONObject) => {
        if (!isLeft) controller.enqueue(encoder.encode(`data: ${JSON.stringify(frame)}\n\n`));
      };
      const run = async () => {
        try {
          for await (const event of work) send(rpcAnswer(id, event));
        } catch (error) {
          // Without the id of the request, as in the real server.
          send(rpcError(undefined, -32603, error instanceof Error ? error.message : 'unknown'));
        }
        if (!isLeft) controller.close();
      };
      void run();
    },
    cancel() {
      isLeft = true;
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}
