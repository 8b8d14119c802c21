// Save it as app/api/cron/reconcile/route.ts and call it every few minutes (vercel.json: crons). It
// finishes what machines that died, or an exchange that was down, left behind. Needs CRON_SECRET.
import { a2a } from 'ai-sdk-a2a-settlement';
// In your app: '@/lib/settlement'. Next.js lets a route file export nothing but its handlers.
import { settlement } from './next-settlement';

export async function GET(request: Request): Promise<Response> {
  if (request.headers.get('authorization') !== `Bearer ${process.env.CRON_SECRET}`) {
    return new Response('Unauthorized', { status: 401 });
  }
  // Safe on many machines at once and at any time: it acts on proof only. The provider is asked how
  // tasks stand whose machine died.
  const { settled, open, unresolved, unlisted } = await settlement.reconcile({ provider: a2a });
  const report = { settled, open: open.length, unresolved, unlisted: unlisted?.message };
  return Response.json(report, { status: unlisted === undefined ? 200 : 503 });
}
