import { nevermined, type NeverminedOptions } from '../../../src/rails/nevermined';
import type { HoldRequest } from '../../../src/rails/rail';
import {
  createNevermined,
  type NeverminedOptions as BackendOptions,
} from '../../../src/sandbox/nevermined/create-nevermined';
import type { PlanOffer } from '../../../src/sandbox/nevermined/nevermined-types';

export const backendUrl = 'https://nevermined.example.com';
export const agentId = 'did:nv:writer';
export const agentUrl = 'https://writer.example.com/a2a/';

interface SeenCall {
  method: string;
  path: string;
  authorization: string | null;
  version: string | null;
  body: unknown;
}

/** The sandbox's backend behind a `fetch`, with a seller of one plan, a buyer, and a clock to move. */
export function neverminedBackend({
  plan = {},
  ...options
}: BackendOptions & { plan?: Partial<PlanOffer> } = {}) {
  let now = Date.UTC(2026, 10, 21, 12);
  const calls: SeenCall[] = [];
  const backend = createNevermined({ now: () => new Date(now), ...options });
  const seller = backend.register();
  const buyer = backend.register();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const text = await request.clone().text();
    calls.push({
      method: request.method,
      path: new URL(request.url).pathname.replace('/api/v1', ''),
      authorization: request.headers.get('authorization'),
      version: request.headers.get('nevermined-version'),
      body: text === '' ? undefined : JSON.parse(text),
    });
    return backend.fetch(request);
  };
  const addPlan = (offer: Partial<PlanOffer> = {}) =>
    backend.addPlan(seller, { name: 'Hundred', credits: 100, ...offer });
  const planId = addPlan(plan);
  const connection = { apiKey: buyer.apiKey, backendUrl, fetch, now: () => new Date(now) };
  return {
    backend,
    seller,
    buyer,
    planId,
    addPlan,
    calls,
    callsTo: (path: string) => calls.filter((call) => call.path.startsWith(path)),
    fetch,
    connection,
    rail: (railOptions: NeverminedOptions = {}) =>
      nevermined({ ...connection, delegation: terms, ...railOptions }),
    passMinutes(minutes: number) {
      now += minutes * 60_000;
    },
    now: () => new Date(now),
  };
}

export const terms = {
  spendingLimitCents: 1000,
  durationSecs: 3600,
  currency: 'usdc' as const,
};

/** A card as Nevermined's builder makes it. */
export function neverminedCard(params: object, url = agentUrl) {
  return {
    name: 'writer',
    url,
    capabilities: {
      extensions: [
        { uri: 'https://example.com/other', params: { planId: 'not this' } },
        {
          uri: 'urn:nevermined:payment',
          description: '5 credits',
          required: false,
          params: { paymentType: 'fixed', credits: 5, agentId, ...params },
        },
        {
          uri: 'https://github.com/google-agentic-commerce/a2a-x402/blob/main/spec/v0.2',
          required: false,
        },
      ],
    },
    skills: [{ id: 'write', name: 'Write', description: '', tags: [] }],
  };
}

export function holdRequest(card: unknown, more: Partial<HoldRequest> = {}): HoldRequest {
  return {
    taskId: crypto.randomUUID(),
    payee: agentId,
    amount: 5,
    ttlMinutes: 60,
    agent: { id: agentUrl, card },
    ...more,
  };
}

/** What a seller asks for. */
export function required(planId: string, more: object = {}) {
  return {
    x402Version: 2,
    resource: { url: agentUrl },
    accepts: [
      {
        scheme: 'nvm:erc4337',
        network: 'eip155:84532',
        planId,
        extra: { version: '1', agentId, httpVerb: 'POST' },
      },
    ],
    extensions: {},
    ...more,
  };
}

/** The answer that asks for it in band. */
export function asked(body: unknown) {
  return {
    state: 'input-required',
    metadata: { 'x402.payment.status': 'payment-required', 'x402.payment.required': body },
  };
}
