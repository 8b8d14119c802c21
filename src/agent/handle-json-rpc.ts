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
import * as z from 'zod/v4';
import { extensionHeaders } from './call-context';
import type { WaitUntil } from '../internal/keep-alive';
import { eventStreamResponse } from './event-stream-response';
import { BodyTooLargeError, readJson } from './read-json';

/** Handles one JSON-RPC request of protocol 1.0, or of 0.3 if the request names no version. */
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

    const events = answer[Symbol.asyncIterator]();
    const listens = legacy && call.data.method === LEGACY_METHOD_TASKS_RESUBSCRIBE;
    const { failure, first } = listens ? {} : await begin(events);
    // An error before the first event is sent as a plain response, but 0.3 clients read only streams.
    if (failure !== undefined && !legacy) throw failure.error;

    return eventStreamResponse({
      first,
      rest: failure === undefined ? events : { next: () => Promise.reject(failure.error) },
      encode: (event) => event,
      encodeError: (error) => ({ jsonrpc: '2.0', id, error: toError(error) }),
      headers: extensionHeaders(context, { legacy }),
      waitUntil,
    });
  } catch (error) {
    return errorResponse(id, toError(error));
  }
}

async function begin<EVENT>(events: AsyncIterator<EVENT, void>): Promise<{
  first?: IteratorResult<EVENT, void>;
  failure?: { error: unknown };
}> {
  try {
    return { first: await events.next() };
  } catch (error) {
    return { failure: { error } };
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
