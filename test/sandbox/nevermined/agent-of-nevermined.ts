import { createNeverminedAgent } from '../../../src/sandbox/nevermined-agent/create-nevermined-agent';
import {
  type PaymentParams,
  paymentRequired,
} from '../../../src/sandbox/nevermined-agent/payment-gate';
import type { AgentStep, AgentWork } from '../../../src/sandbox/nevermined-agent/wire-types';
import {
  createNevermined,
  type NeverminedOptions,
} from '../../../src/sandbox/nevermined/create-nevermined';

export const agentUrl = 'https://agent.example.com/a2a/';
export const backendUrl = 'https://nevermined.example.com';
export const agentId = 'did:nv:agent';

/** Says something, then ends with what it used. */
export function endsWith(
  creditsUsed: unknown,
  state: 'completed' | 'failed' = 'completed',
): AgentWork {
  return async function* () {
    yield { step: 'text', text: 'Hello' };
    yield { step: 'end', state, metadata: { creditsUsed: creditsUsed as number } };
  };
}

export function steps(...all: AgentStep[]): AgentWork {
  return async function* () {
    yield* all;
  };
}

/** A backend, a buyer with a hundred credits, and an agent that is paid, behind one `fetch`. */
export async function agentOfNevermined({
  work = endsWith(5),
  payment = {},
  isInBand,
  plans = 1,
  cardWithoutPayment = false,
  echoes = false,
  asksAgain = false,
  ...options
}: NeverminedOptions & {
  work?: AgentWork;
  payment?: Partial<PaymentParams>;
  isInBand?: boolean;
  plans?: number;
  /** Its card has a2a-x402 alone: who is paid is in what it asks for. */
  cardWithoutPayment?: boolean;
  /** It says what it asks for also when it refuses a token, as Nevermined's Python does. */
  asksAgain?: boolean;
  /** It attaches what it was paid with to what it answers. */
  echoes?: boolean;
} = {}) {
  const backend = createNevermined(options);
  const seller = backend.register();
  const buyer = backend.register();
  const seen: Array<{ url: string; headers: Headers; body: string }> = [];
  const planIds = Array.from({ length: plans }, () =>
    backend.addPlan(seller, { name: 'Hundred', credits: 100 }),
  );
  const [planId = ''] = planIds;
  const answer = createNeverminedAgent({
    url: agentUrl,
    name: 'agent',
    description: 'An agent.',
    skill: { id: 'work', name: 'Work', description: 'Works.' },
    payment: { agentId, credits: 5, ...(plans === 1 ? { planId } : { planIds }), ...payment },
    backend: {
      url: backendUrl,
      apiKey: seller.apiKey,
      fetch: (input, init) => backend.fetch(new Request(input, init)),
    },
    work,
    isInBand,
  });
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { url, headers } = request;
    seen.push({ url, headers, body: await request.clone().text() });
    if (!url.startsWith(agentUrl)) return backend.fetch(request);
    const response = await answer(request);
    if (asksAgain && response.status === 402) {
      const required = JSON.stringify(
        paymentRequired(url, { agentId, credits: 5, planId }, 'nvm:erc4337'),
      );
      return new Response(response.body, {
        status: 402,
        headers: { 'payment-required': Buffer.from(required).toString('base64') },
      });
    }
    if (echoes && request.method === 'POST') {
      const [, token = ''] = [...headers].find(([name]) => name === 'payment-signature') ?? [];
      const echo = { 'payment-signature': token, 'x402.payment.payload': { token } };
      const text = (await response.text()).replaceAll(
        '"metadata":{"creditsUsed"',
        `"metadata":{"echo":[${JSON.stringify(echo)}],"creditsUsed"`,
      );
      return new Response(text, response);
    }
    if (!cardWithoutPayment || request.method !== 'GET') return response;
    return Response.json(withoutPayment(await response.json()));
  };
  await backend.fetch(
    new Request(`${backendUrl}/api/v1/protocol/plans/${planId}/order`, {
      method: 'POST',
      headers: { authorization: `Bearer ${buyer.apiKey}` },
    }),
  );
  const balance = () => backend.ledger().plans[0]?.balances[buyer.address] ?? 0;
  return { backend, buyer, seller, planId, planIds, fetch, seen, balance };
}

function withoutPayment(card: { capabilities: { extensions: Array<{ uri: string }> } }) {
  const extensions = card.capabilities.extensions.filter(({ uri }) => !uri.startsWith('urn:'));
  return { ...card, capabilities: { ...card.capabilities, extensions } };
}
