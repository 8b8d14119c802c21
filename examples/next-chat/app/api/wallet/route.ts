import { readWallet } from '../../../lib/read-wallet';
import { sessionUser } from '../../../lib/session';

export async function GET(): Promise<Response> {
  return Response.json(await readWallet(await sessionUser()));
}
