import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { nevermined } from '../../../src/rails/nevermined';
import {
  agentId,
  backendUrl,
  holdRequest,
  neverminedBackend,
  neverminedCard,
  terms,
} from './backend';

const claims = Buffer.from(JSON.stringify({ sub: `0x${'12'.repeat(20)}` })).toString('base64url');
const apiKey = `local:eyJhbGciOiJIUzI1NiJ9.${claims}.c2lnbmF0dXJlLW9mLXRoZS1rZXk`;
const planId = '123';

function railThat(answer: (request: Request) => Response | Promise<Response>, timeoutMs?: number) {
  return nevermined({
    apiKey,
    backendUrl,
    planId,
    delegation: terms,
    timeoutMs,
    fetch: async (input, init) => answer(new Request(input, init)),
  });
}

describe('refusals', () => {
  it.each([
    [400, 'VALIDATION', false],
    [401, 'UNAUTHORIZED', false],
    [402, 'INSUFFICIENT_BALANCE', false],
    [403, 'FORBIDDEN', false],
    [404, 'NOT_FOUND', false],
    [408, 'TIMEOUT', true],
    [409, 'VALIDATION', false],
    [418, 'UNKNOWN', false],
    [429, 'RATE_LIMITED', true],
    [500, 'UPSTREAM', true],
    [503, 'UPSTREAM', true],
  ])('HTTP %i is %s', async (status, code, isRetryable) => {
    const body = { code: 'BCK.X402.0001', message: 'It says no', hint: 'Ask again' };
    const rail = railThat(() => Response.json(body, { status, headers: { 'retry-after': '7' } }));
    const error = await rail.order(planId).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code, isRetryable, statusCode: status, retryAfterMs: 7000 });
    expect(error).toHaveProperty(
      'message',
      expect.stringContaining('It says no Ask again [BCK.X402.0001]'),
    );
  });

  it.each([
    ['HTML', new Response('<html>')],
    ['another shape', Response.json({ ordered: true })],
    ['a failed order', Response.json({ success: false })],
    ['a redirect', new Response(null, { status: 302, headers: { location: 'https://x.example' } })],
  ])('%s is no answer', async (_, response) => {
    const rail = railThat(({ method }) =>
      method === 'GET' ? Response.json({ registry: {} }) : response.clone(),
    );
    await expect(rail.order(planId)).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
  });

  it('a backend that is not there is told from one that does not answer', async () => {
    const refused = railThat(() => {
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }),
      });
    });
    await expect(refused.order(planId)).rejects.toMatchObject({
      code: 'NETWORK',
      isDispatched: false,
    });
    const silent = railThat(() => new Promise(() => {}), 20);
    await expect(silent.order(planId)).rejects.toMatchObject({
      code: 'TIMEOUT',
      isDispatched: true,
    });
  });
});

describe('credentials', () => {
  it('are in no error, whoever repeats them', async () => {
    const token = (await accessToken()).accessToken;
    const said = `${apiKey} ${apiKey.split(':')[1]} ${token} 0x${'ab'.repeat(65)}`;
    const failures = [
      railThat(() => Response.json({ message: said, hint: said, code: said }, { status: 400 })),
      railThat(() => new Response(said, { status: 500 })),
      railThat(() => {
        throw Object.assign(new TypeError(said, { cause: new Error(said) }), { request: said });
      }),
    ];
    for (const rail of failures) {
      const error = await rail.plans().catch((failure: unknown) => failure);
      const shown = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error);
      for (const secret of [apiKey, 'c2lnbmF0dXJl', token.slice(0, 60), 'abababababababab']) {
        expect(shown).not.toContain(secret);
      }
    }
  });

  it('go to the backend only, and not with what is public', async () => {
    const seen: Request[] = [];
    const rail = railThat((request) => {
      seen.push(request);
      return Response.json({ message: 'no' }, { status: 404 });
    });
    await rail.plans().catch(() => undefined);
    await rail.accessToken({ planId, agentId }).catch(() => undefined);
    expect(seen.every(({ url }) => url.startsWith(`${backendUrl}/api/v1/protocol/plans/`))).toBe(
      true,
    );
    expect(seen.every(({ headers }) => headers.get('authorization') === null)).toBe(true);
  });

  it('ids that steer a path do not', async () => {
    const seen: string[] = [];
    const rail = railThat(({ url }) => {
      seen.push(new URL(url).pathname);
      return Response.json({ message: 'no' }, { status: 404 });
    });
    await rail.order('../../delegation?x=1#').catch(() => undefined);
    expect(seen).toEqual(['/api/v1/protocol/plans/..%2F..%2Fdelegation%3Fx%3D1%23']);
  });
});

it('names the workspace where one is configured', async () => {
  const { connection, planId: plan } = neverminedBackend();
  const organizations: Array<string | null> = [];
  const rail = nevermined({
    ...connection,
    organizationId: 'org-1',
    delegation: terms,
    fetch: async (input, init) => {
      organizations.push(new Request(input, init).headers.get('x-current-org-id'));
      return connection.fetch(input, init);
    },
  });
  await rail.hold(holdRequest(neverminedCard({ planId: plan })));
  expect(organizations).toEqual([null, 'org-1', 'org-1']);
});

function accessToken() {
  const { rail, planId: plan } = neverminedBackend();
  return rail().accessToken({ planId: plan, agentId });
}
