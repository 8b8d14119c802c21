import { readWallet } from 'ai-sdk-a2a-settlement/wallet';
import { nameOfAgent } from '../../../lib/agents';
import { sessionUser } from '../../../lib/session';
import { receipts, settlement } from '../../../lib/settlement';

/** Balances from the ledgers, and the holds of this browser's user from the receipt store. */
export async function GET(): Promise<Response> {
  const user = await sessionUser();
  if (user === undefined) return new Response('No session', { status: 401 });
  return Response.json(
    await readWallet({ settlement, receipts, labels: { user }, nameOf: nameOfAgent }),
  );
}
