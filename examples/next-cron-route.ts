// Save it as app/api/cron/reconcile/route.ts and call it every few minutes (vercel.json: crons). It
// finishes what machines that died, or an exchange that was down, left unsettled. Needs the same
// storage as your chat routes, and A2A_EXCHANGE_URL, A2A_PAYER_API_KEY, CRON_SECRET.
import { a2a, createSettlement } from 'ai-sdk-a2a-settlement';
import { createStorage } from 'unstorage';

// In production: createStorage({ driver: redisDriver({ url }) }), or any other unstorage driver.
export const storage = createStorage();

// Your chat routes take `settlement.middleware` from here, so that all write to one journal.
export const settlement = createSettlement({ journal: { storage, writeAhead: true } });

export async function GET(request: Request): Promise<Response> {
  if (request.headers.get('authorization') !== `Bearer ${process.env.CRON_SECRET}`) {
    return new Response('Unauthorized', { status: 401 });
  }
  // Safe on many machines at once and at any time: it acts on proof only. The provider is asked how
  // tasks stand whose machine died.
  const { settled, open, unresolved } = await settlement.reconcile({ provider: a2a });
  return Response.json({ settled, open: open.length, unresolved });
}
