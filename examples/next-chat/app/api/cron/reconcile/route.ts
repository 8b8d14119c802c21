import { settlement } from '../../../../lib/settlement';

/**
 * Finishes holds that a stopped machine or an unavailable exchange left open. vercel.json calls it
 * every five minutes. It acts on proof only, so it may run at any time, on several machines.
 */
export async function GET(request: Request): Promise<Response> {
  const { CRON_SECRET } = process.env;
  if (!CRON_SECRET || request.headers.get('authorization') !== `Bearer ${CRON_SECRET}`) {
    return new Response('Unauthorized', { status: 401 });
  }
  const { settled, open, unresolved, unlisted } = await settlement.reconcile();
  const report = { settled, open: open.length, unresolved, unlisted: unlisted?.message };
  return Response.json(report, { status: unlisted === undefined ? 200 : 503 });
}
