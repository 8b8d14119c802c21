import { cookies } from 'next/headers';

export const SESSION_COOKIE = 'next-chat-user';

/** The user of this browser, by a cookie that no script can read. Use your own sessions. */
export async function sessionUser(): Promise<string | undefined> {
  return (await cookies()).get(SESSION_COOKIE)?.value;
}
