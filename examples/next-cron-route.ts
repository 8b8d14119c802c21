// Save it as app/api/cron/reconcile/route.ts and call it every few minutes (vercel.json: crons). It
// finishes holds that a stopped machine or an unavailable exchange left open. Needs CRON_SECRET.
import { a2a } from 'ai-sdk-a2a-settlement';
// In your app: '@/lib/settlement'. In Next.js, a route file may export only its handlers.
import { settlement } from './next-settlement';

export async function GET(request: Request): Promise<Response> {
  if (request.headers.get('authorization') !== `Bearer ${process.env.CRON_SECRET}`) {
    return new Response('Unauthorized', { status: 401 });
  }
  // Safe on several machines at once and at any time: it acts on proof only. `provider` queries the
  // tasks whose machine stopped.
  const { settled, open, unresolved, unlisted } = await settlement.reconcile({ provider: a2a });
  const report = { settled, open: open.length, unresolved, unlisted: unlisted?.message };
  return Response.json(report, { status: unlisted === undefined ? 200 : 503 });
}
