import { demoAgents, type DemoAgentName } from './agents/demo-agents';
import { createSandboxAgent } from './create-sandbox-agent';
import { createExchange } from './exchange/create-exchange';
import type { ExchangeState } from './exchange/exchange-state';
import { indexPage, type ListedAgent } from './index-page';
import { inProcessFetch } from './in-process-fetch';
import { createX402Sandbox, type SandboxX402 } from './x402/create-x402-sandbox';
import { createNeverminedSandbox, type NeverminedSandbox } from './create-nevermined-sandbox';

export interface SandboxOptions {
  /** The sandbox's origin in URLs. Default: `https://sandbox.test`. */
  origin?: string | undefined;
  /** The agents' short delay, in milliseconds. Their longest work takes 250 times as long. Default: 20. */
  agentDelayMs?: number | undefined;
  /** The clock of the exchange and of the agents. Default: the system's. */
  now?: (() => Date) | undefined;
  /** Milliseconds for which a hold past its TTL may still be reported as `held`. Default: 0. */
  sweepAfterMs?: number | undefined;
  /** The payer's initial tokens. Default: 1000. */
  payerTokens?: number | undefined;
  /** Whether the agents' cards require payment. Default: `false`. */
  required?: boolean | undefined;
  /**
   * The payer's API key, `ate_` and 32 hex digits. The sandbox's own accounts then have the same ids each time.
   * Default: a random one.
   */
  payerKey?: string | undefined;
  /**
   * What `state()` of an earlier sandbox returned, also after JSON: the accounts and escrows of the exchange. What
   * is paid by x402 and with Nevermined's credits starts anew. Default: an empty ledger.
   */
  state?: unknown;
  /** Called after each request that may have changed the exchange's state; the response waits for it. */
  onChange?: (() => Promise<void>) | undefined;
}

export interface SandboxAgent {
  /** Ends with a slash, so that card paths resolve under it both by joining and by URL rules. */
  url: string;
  accountId: string;
  /** The card's skill. */
  skill: string;
  /** Whole tokens per request, excluding the fee. */
  price: number;
}

/** An exchange, Nevermined's backend and paid agents inside this process: no account, no network. */
export interface Sandbox {
  /** A `fetch` that reaches the exchange and the agents; any other host is unreachable. */
  fetch: typeof globalThis.fetch;
  /** Handles a request by its path, whatever its host: to mount the sandbox in a server. */
  handle: (request: Request) => Promise<Response>;
  exchangeUrl: string;
  agents: Record<DemoAgentName, SandboxAgent>;
  /** An agent that is paid by x402, in a dollar coin without value. */
  x402: SandboxX402;
  /** Nevermined's backend, an agent that is paid with its credits, and a buyer's account. */
  nevermined: NeverminedSandbox['nevermined'];
  /** An account with tokens, to pay from. */
  payer: { accountId: string; apiKey: string };
  /** The exchange's ledger. */
  ledger: ReturnType<typeof createExchange>['ledger'];
  /** The exchange's whole state, for `JSON.stringify` and the option `state`. Contains all API keys. */
  state: () => ExchangeState;
  /** Stops the agents. */
  close: () => void;
}

/**
 * Creates a settlement exchange and five agents that are paid through it: `streamer` answers in many pieces,
 * `failing` fails, `asker` asks a question first, `slow` takes long and can be canceled, `data` answers with
 * JSON. There are also an agent that is paid by x402, and Nevermined's backend with an agent that is paid with
 * its credits.
 *
 * @example
 * ```ts
 * const sandbox = createSandbox();
 * const a2a = createA2A({ fetch: sandbox.fetch });
 * const agent = a2a(sandbox.agents.streamer.url);
 * ```
 */
export function createSandbox({
  origin = 'https://sandbox.test',
  agentDelayMs = 20,
  now = () => new Date(),
  sweepAfterMs,
  payerTokens = 1000,
  required = false,
  payerKey,
  state,
  onChange,
}: SandboxOptions = {}): Sandbox {
  const exchangeUrl = new URL(origin).origin;
  const exchange = createExchange({ now, sweepAfterMs, state, onChange });
  const exchangeFetch = inProcessFetch(exchangeUrl, exchange.fetch);

  const dollars = createX402Sandbox({ origin: exchangeUrl, delayMs: agentDelayMs, now });
  const credits = createNeverminedSandbox({ origin: exchangeUrl, now });
  const running = new Map<string, ReturnType<typeof createSandboxAgent>>();
  const listed: ListedAgent[] = [];
  const add = (name: DemoAgentName): SandboxAgent => {
    const agent = demoAgents[name];
    const url = `${exchangeUrl}/agents/${name}/`;
    const account = exchange.register(`sandbox-${name}`, {
      tokens: 0,
      accountId: payerKey && stableIds[name],
    });
    running.set(
      name,
      createSandboxAgent({
        name,
        agent,
        url,
        exchange: { url: exchangeUrl, fetch: exchangeFetch, ...account },
        required,
        delayMs: agentDelayMs,
        now,
      }),
    );
    listed.push({ url, description: agent.description, price: `${agent.price} tokens` });
    return { url, accountId: account.accountId, skill: agent.skill.id, price: agent.price };
  };

  const handle = async (request: Request): Promise<Response> => {
    const [root, name = ''] = new URL(request.url).pathname.split('/').filter(Boolean);
    if (root === undefined && request.method === 'GET') {
      return indexPage({ exchangeUrl, agents: [...listed, ...listedByOthers(dollars, credits)] });
    }
    if (root === credits.root) return credits.handle(request);
    if (root === 'x402') return dollars.handle(request);
    if (root === 'agents' && name === 'paid') return dollars.agent(request);
    if (root !== 'agents') return exchange.fetch(request);
    const agent = running.get(name);
    return agent === undefined
      ? Response.json({ detail: 'Not Found' }, { status: 404 })
      : agent.handle(request);
  };

  return {
    fetch: inProcessFetch(exchangeUrl, handle),
    handle,
    exchangeUrl,
    agents: {
      streamer: add('streamer'),
      failing: add('failing'),
      asker: add('asker'),
      slow: add('slow'),
      data: add('data'),
    },
    x402: dollars.x402,
    nevermined: credits.nevermined,
    payer: exchange.register('sandbox-payer', {
      tokens: payerTokens,
      apiKey: payerKey,
      accountId: payerKey && stableIds.payer,
    }),
    ledger: exchange.ledger,
    state: exchange.state,
    close() {
      dollars.close();
      for (const agent of running.values()) {
        agent.close();
      }
    },
  };
}

/** The agents that are paid on other rails. */
function listedByOthers(
  { x402 }: { x402: SandboxX402 },
  { nevermined: { agent } }: NeverminedSandbox,
): ListedAgent[] {
  return [
    {
      url: x402.agentUrl,
      price: `${x402.price} USDC`,
      description: 'Is paid by x402, in a coin without value.',
    },
    {
      url: agent.url,
      price: `${agent.credits} credits`,
      description: "Is paid with Nevermined's credits.",
    },
  ];
}

/** An application keeps agent cards for minutes: after a restart it pays the accounts of the earlier sandbox. */
const stableIds: Record<DemoAgentName | 'payer', string> = {
  payer: '00000000-0000-4000-8000-000000000000',
  streamer: '00000000-0000-4000-8000-000000000001',
  failing: '00000000-0000-4000-8000-000000000002',
  asker: '00000000-0000-4000-8000-000000000003',
  slow: '00000000-0000-4000-8000-000000000004',
  data: '00000000-0000-4000-8000-000000000005',
};
