import {
  A2A_LEGACY_PROTOCOL_VERSION,
  LEGACY_METHOD_TASKS_RESUBSCRIBE,
} from '@a2a-js/sdk/compat/v0_3';
import { LegacyJsonRpcTransportHandler } from '@a2a-js/sdk/compat/v0_3/server';
import { A2A_ERROR_CODE } from '@a2a-js/sdk/errors';
import {
  type A2ARequestHandler,
  JsonRpcTransportHandler,
  type ServerCallContext,
  validateVersion,
} from '@a2a-js/sdk/server';
import { z } from 'zod/v4';
import { extensionHeaders } from './call-context';
import { eventStreamResponse, type WaitUntil } from './event-stream-response';
import { BodyTooLargeError, readJson } from './read-json';

/** Answers one JSON-RPC request of protocol 1.0 or, where the request names no version, of 0.3. */
export async function handleJsonRpc({
  request,
  requestHandler,
  context,
  maxBodyBytes,
  waitUntil,
}: {
  request: Request;
  requestHandler: A2ARequestHandler;
  context: ServerCallContext;
  maxBodyBytes: number;
  waitUntil?: WaitUntil | undefined;
}): Promise<Response> {
  const legacy = context.requestedVersion === A2A_LEGACY_PROTOCOL_VERSION;

  const toError = (error: unknown) =>
    legacy
      ? LegacyJsonRpcTransportHandler.mapToLegacyJSONRPCError(error)
      : JsonRpcTransportHandler.mapToJSONRPCError(error);

  let body: unknown;
  try {
    body = await readJson(request, maxBodyBytes);
  } catch (error) {
    return error instanceof BodyTooLargeError
      ? errorResponse(null, { code: A2A_ERROR_CODE.INVALID_REQUEST, message: error.message }, 413)
      : errorResponse(null, toError(error));
  }
  if (body === undefined) {
    return errorResponse(null, { code: A2A_ERROR_CODE.PARSE_ERROR, message: 'Invalid JSON.' });
  }
  const id = idSchema.safeParse(body).data?.id ?? null;
  const call = callSchema.safeParse(body);
  if (!call.success) {
    return errorResponse(id, {
      code: A2A_ERROR_CODE.INVALID_REQUEST,
      message: 'Invalid JSON-RPC request.',
    });
  }

  try {
    validateVersion(context.requestedVersion, await requestHandler.getAgentCard(), 'JSONRPC');

    const transport = legacy
      ? new LegacyJsonRpcTransportHandler(requestHandler)
      : new JsonRpcTransportHandler(requestHandler);
    const answer = await transport.handle(call.data, context);

    if (!(Symbol.asyncIterator in answer)) {
      return Response.json(answer, { headers: extensionHeaders(context, { legacy }) });
    }

    // An error before the first event is a plain answer, except where 0.3 wants a stream always.
    const rest = answer[Symbol.asyncIterator]();
    const always = legacy && call.data.method === LEGACY_METHOD_TASKS_RESUBSCRIBE;
    const first = always ? undefined : await rest.next();

    return eventStreamResponse({
      first,
      rest,
      encode: (event) => event,
      encodeError: (error) => ({ jsonrpc: '2.0', id, error: toError(error) }),
      headers: extensionHeaders(context, { legacy }),
      waitUntil,
    });
  } catch (error) {
    return errorResponse(id, toError(error));
  }
}

const idSchema = z.looseObject({ id: z.union([z.string(), z.int(), z.null()]).optional() });
const callSchema = idSchema.extend({ method: z.string() });

function errorResponse(
  id: string | number | null,
  error: { code: number; message: string },
  status = 200,
) {
  return Response.json({ jsonrpc: '2.0', id, error }, { status });
}
