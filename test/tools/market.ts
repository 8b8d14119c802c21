import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { wrapLanguageModel } from 'ai';
import { MockLanguageModelV4, simulateReadableStream } from 'ai/test';
import {
  createA2A,
  createSettlement,
  exchangeRail,
  type SettlementOptions,
} from 'ai-sdk-a2a-settlement';
import { acceptExchange, type AgentSource, createPaidAgent } from 'ai-sdk-a2a-settlement/agent';
import { createExchange } from '../../src/sandbox/exchange/create-exchange';

const exchangeUrl = 'https://exchange.test/api/v1';

/** Agents that sell and buy on one exchange, each on a host of its own. */
export function createMarket({
  beforeHold = async () => {},
  beforeRefund = async () => {},
}: { beforeHold?: () => Promise<void>; beforeRefund?: () => Promise<void> } = {}) {
  const exchange = createExchange();
  const hosts = new Map([
    [
      'exchange.test',
      async (request: Request) => {
        if (request.method === 'POST' && request.url.endsWith('/escrow')) await beforeHold();
        if (request.method === 'POST' && request.url.endsWith('/refund')) await beforeRefund();
        return exchange.fetch(request);
      },
    ],
  ]);
  const accounts = new Map<string, { accountId: string; apiKey: string }>();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const handler = hosts.get(new URL(request.url).host);
    return handler === undefined ? Response.error() : handler(request);
  };
  const open = (name: string, tokens: number) =>
    accounts.set(name, exchange.register(name, { tokens }));
  const accountOf = (name: string) => {
    const account = accounts.get(name);
    if (account === undefined) throw new Error(`${name} has no account`);
    return account;
  };
  return {
    exchange,
    /** Opens an account. */
    open,
    /** Puts an agent on the web that is paid. */
    sell(name: string, source: AgentSource, { price = 10 } = {}) {
      const handler = createPaidAgent({
        ...source,
        url: `https://${name}.test/agent`,
        name,
        description: `${name} works.`,
        skills: [{ id: 'work', name: 'Work', description: 'Works.' }],
        accepts: [acceptExchange({ exchangeUrl, ...accountOf(name), price, fetch })],
      });
      hosts.set(`${name}.test`, handler);
    },
    /** What an account calls agents with: one settlement for all of them. */
    buyer(name: string, options: SettlementOptions = {}) {
      const settlement = createSettlement({
        rail: exchangeRail({ exchangeUrl, apiKey: accountOf(name).apiKey, fetch }),
        retry: { deadlineMs: 50, initialMs: 1 },
        ...options,
      });
      const a2a = createA2A({ fetch });
      return (agent: string) =>
        wrapLanguageModel({
          model: a2a(`https://${agent}.test/agent`),
          middleware: settlement.middleware,
        });
    },
    /** What each account has, and the states of all escrows in their order. */
    books() {
      const { accounts: all, escrows } = exchange.ledger();
      return {
        ...Object.fromEntries(
          [...accounts].map(([name, { accountId }]) => [
            name,
            all.find(({ id }) => id === accountId)?.available,
          ]),
        ),
        escrows: escrows.map(({ status }) => status),
      };
    },
  };
}

const usage = {
  inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 4, text: 4, reasoning: undefined },
};

/** A model that says these, one turn after the other, and the last for good. */
export function saying(...turns: (LanguageModelV4StreamPart[] | Error)[]) {
  let turn = 0;
  const next = () => turns[Math.min(turn++, turns.length - 1)] ?? [];
  return new MockLanguageModelV4({
    doStream: async () => {
      const parts = next();
      if (parts instanceof Error) throw parts;
      const isCall = parts.some(({ type }) => type === 'tool-call');
      const unified = isCall ? ('tool-calls' as const) : ('stop' as const);
      return {
        stream: simulateReadableStream<LanguageModelV4StreamPart>({
          initialDelayInMs: null,
          chunkDelayInMs: null,
          chunks: [
            { type: 'stream-start', warnings: [] },
            ...parts,
            { type: 'finish', finishReason: { unified, raw: unified }, usage },
          ],
        }),
      };
    },
  });
}

export const text = (...deltas: string[]): LanguageModelV4StreamPart[] => [
  { type: 'text-start', id: '1' },
  ...deltas.map((delta) => ({ type: 'text-delta' as const, id: '1', delta })),
  { type: 'text-end', id: '1' },
];

let calls = 0;

export const toolCall = (toolName: string, input: object): LanguageModelV4StreamPart => ({
  type: 'tool-call',
  toolCallId: `call-${++calls}`,
  toolName,
  input: JSON.stringify(input),
});
