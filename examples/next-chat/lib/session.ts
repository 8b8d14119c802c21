import { cookies } from 'next/headers';

const NAME = 'next-chat-user';

/** The user of this browser, known by a cookie that no script can read. Use your own sessions. */
export async function sessionUser(): Promise<string> {
  const jar = await cookies();
  const known = jar.get(NAME)?.value;
  if (known !== undefined) return known;
  const user = crypto.randomUUID();
  jar.set(NAME, user, { httpOnly: true, sameSite: 'lax', path: '/' });
  return user;
}
