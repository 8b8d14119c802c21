import {
  createEscrowCalls,
  createExchangeRequest,
  type Escrow,
  pathIdSchema,
} from '../rails/exchange/schemas';
import { SettlementError } from '../rails/rail';

/** The agent's account on an exchange, with its connection settings. */
interface ExchangeConnection {
  exchangeUrl: string;
  apiKey: string;
  fetch: typeof globalThis.fetch;
  timeoutMs: number;
}

/**
 * Fetches an escrow with one request, without retries.
 *
 * @throws SettlementError
 */
export async function fetchEscrow({
  escrowId,
  ...connection
}: ExchangeConnection & { escrowId: string }): Promise<Escrow> {
  // The id comes from the message. Only ids that are safe in a URL path are requested.
  if (!pathIdSchema.safeParse({ id: escrowId }).success) {
    throw new SettlementError({ code: 'NOT_FOUND', message: 'This is not a valid escrow id.' });
  }
  return connect(connection).getEscrow(escrowId);
}

/**
 * The account of an API key, as reported by the exchange.
 *
 * @throws SettlementError
 */
export async function fetchOwnAccount(connection: ExchangeConnection): Promise<string> {
  return (await connect(connection).balance()).accountId;
}

function connect({ apiKey, exchangeUrl, fetch, timeoutMs }: ExchangeConnection) {
  return createEscrowCalls(
    createExchangeRequest({
      url: exchangeUrl,
      apiKey,
      timeoutMs,
      fetch: async (input, init) => bounded(await fetch(input, init)),
    }),
  );
}

/** The response contains the deliverable. Larger responses are rejected. */
const mostBytes = 8 * 1024 * 1024;

/** Limits the size of the response body. */
function bounded(answer: Response): Response {
  if (answer.body === null) return answer;
  let bytes = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > mostBytes) controller.error(new Error('The response is too large.'));
      else controller.enqueue(chunk);
    },
  });
  const { headers, status, statusText } = answer;
  return new Response(answer.body.pipeThrough(counted), { headers, status, statusText });
}
