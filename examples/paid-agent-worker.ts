// A paid agent as a Cloudflare Worker. Isolates share no memory, so one Durable Object answers all
// requests. wrangler.json needs a binding AGENT of the class PaidAgent and the variables of Env.
import { acceptExchange, createPaidAgent, storedTaskStore } from 'ai-sdk-a2a-settlement/agent';
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
    const { EXCHANGE_URL: exchangeUrl, SELLER_ACCOUNT_ID: accountId, SELLER_API_KEY: apiKey } = env;
    const shared = durableStorage(storage);
    this.handle = createPaidAgent({
      ...poet, // an AI SDK model: { model, instructions }
      url: env.AGENT_URL,
      name: 'poet',
      description: 'Writes short poems.',
      skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
      accepts: [acceptExchange({ exchangeUrl, accountId, apiKey, price: 10 })],
      storage: shared,
      conversations: shared,
      taskStore: storedTaskStore(shared),
      onError: console.error,
    });
  }

  fetch = (request: Request) => this.handle(request);
}

export default {
  fetch: (request: Request, { AGENT }: Env) => AGENT.get(AGENT.idFromName('poet')).fetch(request),
};
