import { describe, expect, it } from 'vitest';
import { nevermined } from '../../../src/rails/nevermined';
import { encodeAccessToken, readAccessToken } from '../../../src/rails/nevermined/schemas';
import { TokenStore } from '../../../src/rails/nevermined/token-store';
import { agentUrl, holdRequest, neverminedBackend, neverminedCard, terms } from './backend';

type Wire = Record<string, unknown>;

/** A rail whose backend changes the tokens that it mints. */
function changing(change: (wire: Wire) => object, tokenVersion: 2 | 3) {
  const { connection, planId, fetch } = neverminedBackend();
  const rail = nevermined({
    ...connection,
    delegation: terms,
    tokenVersion,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (!new Request(input, init).url.endsWith('/x402/permissions')) return response;
      const { accessToken } = (await response.json()) as { accessToken: string };
      const wire = readAccessToken(accessToken)?.wire ?? {};
      return Response.json({
        accessToken: encodeAccessToken({ ...wire, ...change(wire) } as never),
      });
    },
  });
  return rail.hold(holdRequest(neverminedCard({ planId })));
}

const accepted = (more: object) => (wire: Wire) => ({
  accepted: { ...(wire['accepted'] as object), ...more },
});

describe('a minted token', () => {
  it.each<[string, (wire: Wire) => object]>([
    ['planId', accepted({ planId: '7' })],
    ['scheme', accepted({ scheme: 'nvm:card-delegation' })],
    ['network', accepted({ network: 'eip155:1' })],
    ['agentId', accepted({ extra: { agentId: 'x' } })],
    ['agentId', accepted({ extra: {} })],
    ['agentId', accepted({ extra: undefined })],
  ])('is refused when it is for another %s', async (name, change) => {
    for (const version of [2, 3] as const) {
      await expect(changing(change, version)).rejects.toMatchObject({
        code: 'UNEXPECTED_ANSWER',
        message: expect.stringContaining(`another \`${name}\``),
      });
    }
  });

  it.each([
    ['another address', { url: 'https://thief.example.com/' }],
    ['another path', { url: `${agentUrl}other` }],
    ['no address', undefined],
  ])('of version 3 is refused when it is bound to %s', async (_, resource) => {
    await expect(changing(() => ({ resource }), 3)).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      message: expect.stringContaining('another `resource`'),
    });
  });

  it('may spell the address in another way', async () => {
    const url = agentUrl.replace('https://writer', 'HTTPS://WRITER');
    expect(await changing(() => ({ resource: { url } }), 3)).toMatchObject({
      state: { version: 3 },
    });
  });

  it('of version 2 is bound to no address, whatever it names', async () => {
    const resource = { url: 'https://elsewhere.example.com/' };
    expect(await changing(() => ({ resource }), 2)).toMatchObject({ state: { version: 2 } });
  });

  it('is none when it cannot be read', async () => {
    await expect(changing(() => ({ payload: 'none' }), 2)).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      message: expect.stringContaining('not return an access token'),
    });
  });
});

describe('a token that was kept', () => {
  const request = {
    planId: '1',
    agentId: 'one',
    scheme: 'nvm:erc4337',
    network: 'eip155:84532',
    delegationId: 'mine',
    resourceUrl: undefined,
  };

  it.each(['planId', 'agentId', 'scheme', 'network', 'delegationId'] as const)(
    'is not used for another %s',
    async (name) => {
      const { rail, planId } = neverminedBackend();
      const { accessToken: text } = await rail().accessToken({ planId, agentId: 'one' });
      const read = readAccessToken(text);
      if (read === undefined) throw new Error('no token');
      const store = new TokenStore(1000, () => new Date(0));
      store.keep(request, { ...read, text });
      expect(store.find({ ...request })?.text).toBe(text);
      expect(store.find({ ...request, [name]: 'other' })).toBeUndefined();
    },
  );

  it('of version 3 for a message that was not sent is not used for another one', async () => {
    const { rail, planId, callsTo } = neverminedBackend();
    const paying = rail({ tokenVersion: 3 });
    const hold = await paying.hold(holdRequest(neverminedCard({ planId })));
    await paying.refund(hold, { reason: 'not-dispatched' });
    await paying.decorate(hold);
    expect(callsTo('/x402/permissions')).toHaveLength(2);
  });
});
