import { readWallet } from '../../../lib/read-wallet';
import { sessionUser } from '../../../lib/session';

export async function GET(): Promise<Response> {
  const user = await sessionUser();
  if (user === undefined) return new Response('No session', { status: 401 });
  return Response.json(await readWallet(user));
}
