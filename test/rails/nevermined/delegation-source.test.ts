import { expect, it } from 'vitest';
import { holdRequest, neverminedBackend, neverminedCard } from './backend';

it('asks again when a given delegation ends, where that could not be had once', async () => {
  let isDown = true;
  const { rail, planId, backend, callsTo, now } = neverminedBackend({
    intercept: async ({ url }) =>
      url.endsWith('/delegation') && isDown ? new Response('down', { status: 503 }) : undefined,
  });
  const request = () => holdRequest(neverminedCard({ planId }));
  await rail().hold(request());
  const id = backend.ledger().delegations[0]?.id ?? '';
  const paying = rail({ delegation: { id } });
  const inHours = (hours: number) => new Date(now().getTime() + hours * 3_600_000);
  expect((await paying.hold(request())).expiresAt).toEqual(inHours(24));
  isDown = false;
  expect((await paying.hold(request())).expiresAt).toEqual(inHours(1));
  expect((await paying.hold(request())).expiresAt).toEqual(inHours(1));
  expect(callsTo('/delegation').filter(({ method }) => method === 'GET')).toHaveLength(2);
});
