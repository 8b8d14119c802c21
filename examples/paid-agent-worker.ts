// A paid agent as a Cloudflare Worker. Isolates share no memory, and a payment must pay once: all
// requests go to one Durable Object, which keeps payments, tasks and conversations in its storage.
// wrangler.json: a binding AGENT of the class PaidAgent, and the four variables of Env.
import { acceptExchange, createPaidAgent } from 'ai-sdk-a2a-settlement/agent';
import { durableStorage, type DurableStorage } from './durable-storage';
import { poet } from './paid-agent-next/lib/poet';

interface Env {
  AGENT: { idFromName(name: string): unknown; get(id: unknown): { fetch: typeof fetch } };
  AGENT_URL: string;
  EXCHANGE_URL: string;
  SELLER_ACCOUNT_ID: string;
  SELLER_API_KEY: string;
}

export class PaidAgent {
  private readonly handle: (request: Request) => Promise<Response>;

  constructor({ storage }: { storage: DurableStorage }, env: Env) {
    const { AGENT_URL, EXCHANGE_URL: exchangeUrl, SELLER_ACCOUNT_ID: accountId } = env;
    this.handle = createPaidAgent({
      ...poet, // an AI SDK model: { model, instructions }
      url: AGENT_URL,
      name: 'poet',
      description: 'Writes short poems.',
      skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
      accepts: [acceptExchange({ exchangeUrl, accountId, apiKey: env.SELLER_API_KEY, price: 10 })],
      storage: durableStorage(storage),
    });
  }

  fetch = (request: Request) => this.handle(request);
}

export default {
  fetch: (request: Request, { AGENT }: Env) => AGENT.get(AGENT.idFromName('poet')).fetch(request),
};
