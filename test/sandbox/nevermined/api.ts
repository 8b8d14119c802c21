import {
  createNevermined,
  type NeverminedOptions,
} from '../../../src/sandbox/nevermined/create-nevermined';
import type { PlanOffer } from '../../../src/sandbox/nevermined/nevermined-types';

const agentId = 'did:nv:seller';
export const endpoint = 'https://seller.example.com/a2a/';

type Json = Record<string, unknown>;

/** The backend as its clients see it: paths, bodies and answers. */
export function neverminedApi({ plan, ...options }: NeverminedOptions & { plan?: PlanOffer } = {}) {
  let now = Date.UTC(2026, 10, 21);
  const backend = createNevermined({ now: () => new Date(now), ...options });
  const seller = backend.register();
  const buyer = backend.register();
  const planId = backend.addPlan(seller, plan ?? { name: 'Hundred', credits: 100 });

  const call = async (
    method: 'GET' | 'POST',
    path: string,
    { key, body }: { key?: string; body?: unknown } = {},
  ) => {
    const response = await backend.fetch(
      new Request(`https://nevermined.example.com/api/v1${path}`, {
        method,
        headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
    const json = (await response.json()) as Json;
    return { status: response.status, json };
  };
  const asBuyer = { key: buyer.apiKey };

  return {
    backend,
    seller,
    buyer,
    planId,
    call,
    order: (id = planId) => call('POST', `/protocol/plans/${id}/order`, asBuyer),
    balance: async (id = planId) =>
      (await call('GET', `/protocol/plans/${id}/balance/${buyer.address}`)).json['balance'],
    delegate: async (more: Json = {}) => {
      const body = {
        provider: 'erc4337',
        spendingLimitCents: 1000,
        durationSecs: 3600,
        currency: 'usdc',
        ...more,
      };
      const { json } = await call('POST', '/delegation/create', { ...asBuyer, body });
      return String(json['delegationId']);
    },
    permit: (delegationId: string, more: Json = {}, accepted: Json = {}) =>
      call('POST', '/x402/permissions', {
        ...asBuyer,
        body: {
          accepted: {
            scheme: 'nvm:erc4337',
            network: 'eip155:84532',
            planId,
            extra: { agentId, httpVerb: 'POST' },
            ...accepted,
          },
          delegationConfig: { delegationId },
          ...more,
        },
      }),
    pay: (
      to: 'verify' | 'settle',
      token: unknown,
      { amount, url = endpoint, ...accepted }: Json & { amount?: string; url?: unknown } = {},
    ) =>
      call('POST', `/x402/${to}`, {
        key: seller.apiKey,
        body: {
          paymentRequired: {
            x402Version: 2,
            resource: { url },
            accepts: [
              {
                scheme: 'nvm:erc4337',
                network: 'eip155:84532',
                planId,
                extra: { version: '1', agentId, httpVerb: 'POST' },
                ...accepted,
              },
            ],
            extensions: {},
          },
          x402AccessToken: token,
          ...(amount !== undefined && { maxAmount: amount }),
        },
      }),
    passSeconds(seconds: number) {
      now += seconds * 1000;
    },
  };
}

export const bound = { tokenVersion: 3, resource: { url: endpoint } };
