import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { createAgentCard, settlementExtension } from '../../../src/agent';
import type {
  AgentAnswer,
  Amount,
  Hold,
  HoldRequest,
  MessageDecoration,
  SettlementRail,
} from '../../../src/rails/rail';

/** What a rail says of itself, which its tests hold it to. */
export interface RailKind {
  name: string;
  open: () => Promise<RailBench>;
  capturedBy: 'agent' | 'payer';
  currency: string;
  decimals: number;
  /** The most that is tried, in the smallest unit. */
  most: bigint;
  /** What agents say to other rails. */
  foreign: { cards: readonly unknown[]; answers: readonly AgentAnswer[] };
  /** What of the contract may be left out, and is there. */
  has: readonly OptionalMember[];
  /** What needs the ledger, or the backend. */
  asks: readonly ('balance' | 'hold' | 'look' | 'refund' | 'release')[];
  /** Who says what became of a hold that its agent took. */
  confirmedBy?: 'agent' | 'ledger';
  /** What is shown to the agent a second time. */
  credential: 'another one' | 'the same';
  /** Whether an agent can take twice what it was shown once: then the docs say so. */
  isReusable?: boolean;
  /** What is known in the end of a hold whose caller left before the agent had named its task. */
  afterCancel: 'refunded' | 'taken' | 'unresolved';
}

export const optionalMembers = [
  'balance',
  'challenge',
  'dispute',
  'find',
  'findMany',
  'listGroup',
  'listHeld',
  'look',
  'now',
  'proposal',
  'seal',
] as const satisfies (keyof SettlementRail)[];

export type OptionalMember = (typeof optionalMembers)[number];

/** A rail, whoever is on the other side of it, and the ledger between the two. */
export interface RailBench {
  rail: SettlementRail;
  /** The same payer in another process. */
  elsewhere: () => SettlementRail;
  /** Another payer. */
  stranger: () => SettlementRail;
  /** Without what it takes to pay. */
  unconfigured: () => SettlementRail;
  /** Between the rail, its stranger and all others on one side, and the ledger on the other. */
  line: Line;
  /** How often the payer has signed, where it signs by itself. */
  signatures: () => number;
  card: unknown;
  payee: string;
  /** How the agent asks for so much, where it is asked. */
  asksFor?: (amount: Amount) => AgentAnswer;
  request: (amount: Amount, changes?: Partial<HoldRequest>) => HoldRequest;
  /** Whether an agent takes a message that shows it this for one that is paid. */
  isPaid: (shown: MessageDecoration) => boolean;
  /**
   * What the agent says that has done its work. Where it captures, it has taken what it was shown by then.
   *
   * @throws when it is not paid by it.
   */
  deliver: (shown: MessageDecoration, amount: Amount) => Promise<AgentAnswer>;
  /** What the payee has, as the ledger says it, in the smallest unit. */
  paid: () => Promise<bigint>;
  /** What the payer has less than in the beginning, without what is held. */
  spent: () => Promise<bigint>;
  /** What nobody may read but the ledger and the agent. */
  secrets: (shown?: MessageDecoration) => string[];
  close: () => Promise<void>;
}

/** Of an agent that is paid through an exchange. */
export function exchangeCard(exchangeUrl: string, accountId: string) {
  return createAgentCard({
    url: 'https://agent.example.com/',
    name: 'agent',
    description: 'Works.',
    skills: [{ id: 'work', name: 'Work', description: 'Works.', tags: [] }],
    extensions: [
      settlementExtension({
        accountIds: { [`${exchangeUrl}/v1`]: accountId },
        pricing: { work: { baseTokens: 10 } },
        required: true,
      }),
    ],
  });
}

/** Of an agent that is paid by x402. */
export const x402Card = {
  capabilities: {
    extensions: [
      {
        uri: 'https://github.com/google-agentic-commerce/a2a-x402/blob/main/spec/v0.2',
        required: true,
      },
    ],
  },
};

/** A `fetch` that can be cut. */
export class Line {
  isDown = false;
  /** So many answers more are lost after the deed. */
  losing = 0;
  readonly requests: string[] = [];

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    this.requests.push(`${request.method} ${request.url}`);
    if (this.isDown) throw new TypeError('fetch failed', { cause: refusedConnection() });
    const response = await fetch(request);
    if (this.losing <= 0) return response;
    this.losing--;
    await response.arrayBuffer();
    throw new TypeError('terminated');
  };
}

function refusedConnection(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}

/** A handler of the web's kind behind a port of this machine. */
export async function served(handle: (request: Request) => Promise<Response>) {
  const server = createServer(getRequestListener(handle));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** As it comes out of a journal. */
export function reopened(hold: Hold): Hold {
  const read = JSON.parse(JSON.stringify(hold)) as Hold & { expiresAt: string };
  return { ...read, expiresAt: new Date(read.expiresAt) };
}

export const newTaskId = () => `aisdk-${crypto.randomUUID()}`;
