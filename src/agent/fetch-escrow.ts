import {
  createEscrowCalls,
  createExchangeRequest,
  type Escrow,
  pathIdSchema,
} from '../rails/exchange/schemas';
import { SettlementError } from '../rails/rail';

/** An account of the agent on an exchange, and how it is reached. */
interface ExchangeConnection {
  exchangeUrl: string;
  apiKey: string;
  fetch: typeof globalThis.fetch;
  timeoutMs: number;
}

/**
 * Looks an escrow up with one request, without retries.
 *
 * @throws SettlementError
 */
export async function fetchEscrow({
  escrowId,
  ...connection
}: ExchangeConnection & { escrowId: string }): Promise<Escrow> {
  // The id comes from the message: only one that fits into the path as it is gets that far.
  if (!pathIdSchema.safeParse({ id: escrowId }).success) {
    throw new SettlementError({ code: 'NOT_FOUND', message: 'This is no escrow id.' });
  }
  return connect(connection).getEscrow(escrowId);
}

/**
 * The account that a key belongs to, as the exchange says.
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

/** What was delivered is in it: more than that is no answer. */
const mostBytes = 8 * 1024 * 1024;

/** The answer as far as it is read: one without an end ends here. */
function bounded(answer: Response): Response {
  if (answer.body === null) return answer;
  let bytes = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > mostBytes) controller.error(new Error('The answer is too long.'));
      else controller.enqueue(chunk);
    },
  });
  const { headers, status, statusText } = answer;
  return new Response(answer.body.pipeThrough(counted), { headers, status, statusText });
}
