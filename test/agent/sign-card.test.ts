import { createA2A } from 'ai-sdk-a2a-settlement';
import { exportJWK, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { AgentCard, verifyAgentCardSignature } from '@a2a-js/sdk';
import { acceptExchange, type CardSigning, createPaidAgent } from '../../src/agent';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';

const url = 'https://shop.test/poet';

function sell(signing: CardSigning) {
  const handler = createPaidAgent({
    run: () => ({ stream: (async function* () {})() }),
    url,
    name: 'poet',
    description: 'Writes poems.',
    skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
    accepts: [
      acceptExchange({
        exchangeUrl: 'https://exchange.test',
        apiKey: 'ate_key',
        accountId: 'poet',
        price: 10,
      }),
    ],
    signing,
  });
  const fetch = inProcessFetch('https://shop.test', handler);
  const cardOf = async (version: string) => {
    const headers = { 'a2a-version': version };
    return (await fetch(`${url}/.well-known/agent-card.json`, { headers })).json();
  };
  return { cardOf, fetch };
}

test.each([
  ['ES256', 'a JWK'],
  ['ES384', 'a JWK'],
  ['EdDSA', 'a JWK'],
  ['PS256', 'a key of WebCrypto'],
] as const)(
  'a card signed by %s with %s is taken by our buyers, by its key alone',
  async (algorithm, kind) => {
    const pair = await generateKeyPair(algorithm, { extractable: true });
    const privateJwk = await exportJWK(pair.privateKey);
    const privateKey = kind === 'a JWK' ? privateJwk : pair.privateKey;
    const { cardOf, fetch } = sell({ privateKey, keyId: 'k1', algorithm });
    const publicJwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1' };
    const strangers = await exportJWK((await generateKeyPair(algorithm)).publicKey);
    const readCard = (key: JsonWebKey) =>
      createA2A({ fetch, cardKeys: { keys: [key] } })(url).agentCard();

    expect(await readCard(publicJwk)).toMatchObject({ name: 'poet' });
    await expect(readCard({ ...strangers, kid: 'k1' } as JsonWebKey)).rejects.toThrow(/sign/);
    const card = await cardOf('1.0');
    await verifyAgentCardSignature(async () => pair.publicKey)(AgentCard.fromJSON(card));
    expect(JSON.stringify(card)).not.toContain(privateJwk.d);
    expect((await cardOf('0.3'))['signatures'] ?? []).toEqual([]);
  },
);

test('names where the keys are, and is signed once', async () => {
  const { privateKey } = await generateKeyPair('ES256');
  const { cardOf } = sell({ privateKey, keyId: 'k1', keySetUrl: 'https://shop.test/jwks.json' });
  const card = await cardOf('1.0');
  const header = JSON.parse(atob(card.signatures[0].protected));
  expect(header).toEqual({
    alg: 'ES256',
    kid: 'k1',
    typ: 'JOSE',
    jku: 'https://shop.test/jwks.json',
  });
  expect(await cardOf('1.0')).toEqual(card);
});

test('a key that cannot sign is refused, and not told', async () => {
  const key = await exportJWK((await generateKeyPair('ES256')).publicKey);
  const asked = sell({ privateKey: key as JsonWebKey, keyId: 'k1' }).cardOf('1.0');
  await expect(asked).rejects.toThrow('The agent card cannot be signed');
  await expect(asked).rejects.not.toThrow(String(key.x));
});
