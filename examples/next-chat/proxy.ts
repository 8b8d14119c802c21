import { type NextRequest, NextResponse } from 'next/server';
import { SESSION_COOKIE } from './lib/session';

/** Gives each browser a session with the page, before its scripts call any route. */
export function proxy({ cookies, nextUrl }: NextRequest): NextResponse {
  const response = NextResponse.next();
  if (!cookies.has(SESSION_COOKIE)) {
    response.cookies.set(SESSION_COOKIE, crypto.randomUUID(), {
      httpOnly: true,
      sameSite: 'lax',
      // In production there is https; on your machine there is not.
      secure: nextUrl.protocol === 'https:',
    });
  }
  return response;
}

export const config = { matcher: '/' };
