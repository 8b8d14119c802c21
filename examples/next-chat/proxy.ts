import { type NextRequest, NextResponse } from 'next/server';
import { SESSION_COOKIE } from './lib/session';

/** Gives each browser a session with the page, before its scripts call any route. */
export function proxy({ cookies }: NextRequest): NextResponse {
  const response = NextResponse.next();
  if (!cookies.has(SESSION_COOKIE)) {
    response.cookies.set(SESSION_COOKIE, crypto.randomUUID(), { httpOnly: true, sameSite: 'lax' });
  }
  return response;
}

export const config = { matcher: '/' };
