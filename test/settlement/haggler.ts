import { Role, TaskState, type Message, type Part, type Task } from '@a2a-js/sdk';
import { AgentEvent, type AgentExecutor } from '@a2a-js/sdk/server';
import {
  createAgentCard,
  createAgentHandler,
  settlementExtension,
  verifyEscrow,
} from '../../src/agent';
import { createExchange } from '../../src/sandbox/exchange/create-exchange';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';

export interface HagglerOptions {
  /** What it asks at first. A string or a broken number is sent as it is. Undefined: it asks for no price. */
  asks?: number | string | undefined;
  /** It agrees to counters from here on, and takes off 10 from its price for others. */
  floor?: number;
  /** What it agrees to, whatever the counter was. */
  insistsOn?: number;
  /** What it writes its price on. */
  says?: 'task' | 'status' | 'message' | 'artifact';
  /** What it does with an unpaid message, instead of waiting for a price. */
  unpaid?: 'works' | 'fails' | 'asks back';
  /** Asks the caller a question once it is paid, before it works. */
  asksBack?: boolean;
  /** On the card. */
  required?: boolean;
  pricing?: { baseTokens: number; model: 'negotiable' | 'per-request' };
  payerTokens?: number;
}

const exchangeUrl = 'https://haggler.test';
export const agentUrl = `${exchangeUrl}/agents/haggler/`;

/** A message as it arrived. */
interface Heard {
  text: string;
  /** The one it goes on with. */
  task: string | undefined;
  context: string | undefined;
  settlement: Record<string, unknown> | undefined;
  extensions: string[];
}

/**
 * An exchange, and one agent on the official SDK that haggles. It works only under an escrow of
 * exactly the price that was agreed on.
 */
export function createHaggler({
  asks,
  floor = 100,
  insistsOn,
  says = 'task',
  unpaid,
  asksBack = false,
  required = false,
  pricing = { baseTokens: 50, model: 'negotiable' },
  payerTokens = 1000,
}: HagglerOptions) {
  const exchange = createExchange({ starterTokens: 0 });
  const exchangeFetch = inProcessFetch(exchangeUrl, exchange.fetch);
  const payer = exchange.register('payer', { tokens: payerTokens });
  const payee = exchange.register('payee', { tokens: 0 });
  const verify = verifyEscrow({ exchangeUrl, fetch: exchangeFetch, price: 0, ...payee });
  const heard: Heard[] = [];
  const canceled: string[] = [];
  /** By task. */
  const prices = new Map<string, number | string>();
  const paid = new Set<string>();
  const contexts = new Map<string, string>();

  const executor: AgentExecutor = {
    async execute({ contextId, task, taskId, userMessage }, bus) {
      const message = hear(userMessage, task);
      const { settlement = {}, text } = message;
      contexts.set(taskId, contextId);
      const known = prices.get(taskId) ?? pricing.baseTokens;
      const verdict = await verify(userMessage);
      const isFree = settlement['agreedPrice'] === 0 && known === 0;
      if (verdict.verified && verdict.escrow.amount === known) {
        const isNew = !paid.has(taskId);
        paid.add(taskId);
        if (asksBack && isNew) {
          return end(TaskState.TASK_STATE_INPUT_REQUIRED, 'Into which language?');
        }
      } else if (settlement['escrowId'] !== undefined && !paid.has(taskId)) {
        return end(TaskState.TASK_STATE_REJECTED, 'That is not what we agreed on.');
      } else if (!paid.has(taskId) && !isFree && unpaid !== 'works') {
        if (unpaid === 'fails') return end(TaskState.TASK_STATE_FAILED, 'I cannot do that.');
        if (unpaid === 'asks back') {
          return end(TaskState.TASK_STATE_INPUT_REQUIRED, 'Which document?');
        }
        return end(TaskState.TASK_STATE_INPUT_REQUIRED, 'Let us talk about money.', haggle());
      }
      open();
      deliver(`Translated: ${text}`);
      return end(TaskState.TASK_STATE_COMPLETED);

      function haggle(): Record<string, unknown> {
        const counter = settlement['counterPrice'];
        if (typeof counter === 'number') {
          const isEnough = counter >= floor;
          const price = insistsOn ?? (isEnough ? counter : Number(known) - 10);
          prices.set(taskId, price);
          return insistsOn !== undefined || isEnough
            ? { agreedPrice: price }
            : { proposedPrice: price };
        }
        if (asks === undefined) return {};
        prices.set(taskId, asks);
        return { proposedPrice: asks, currency: 'ATE' };
      }

      function open(metadata?: Record<string, unknown>): void {
        bus.publish(
          AgentEvent.task({
            ...(task ?? { id: taskId, contextId, artifacts: [], history: [userMessage] }),
            metadata: { ...task?.metadata, ...metadata },
            status: {
              state: TaskState.TASK_STATE_WORKING,
              timestamp: new Date().toISOString(),
              message: undefined,
            },
          }),
        );
      }

      function deliver(words: string, metadata?: Record<string, unknown>): void {
        bus.publish(
          AgentEvent.artifactUpdate({
            taskId,
            contextId,
            artifact: {
              artifactId: metadata === undefined ? 'answer' : 'offer',
              name: '',
              description: '',
              parts: [textPart(words)],
              metadata,
              extensions: [],
            },
            append: false,
            lastChunk: true,
            metadata: {},
          }),
        );
      }

      function end(state: TaskState, words?: string, block?: Record<string, unknown>): void {
        const metadata = block === undefined ? undefined : { 'a2a-se': block };
        if (words !== undefined) open(says === 'task' ? metadata : undefined);
        if (says === 'artifact' && metadata !== undefined) deliver('An offer.', metadata);
        bus.publish(
          AgentEvent.statusUpdate({
            taskId,
            contextId,
            status: {
              state,
              timestamp: new Date().toISOString(),
              message:
                words === undefined
                  ? undefined
                  : {
                      messageId: crypto.randomUUID(),
                      taskId,
                      contextId,
                      role: Role.ROLE_AGENT,
                      parts: [textPart(words)],
                      metadata: says === 'message' ? metadata : undefined,
                      extensions: [],
                      referenceTaskIds: [],
                    },
            },
            metadata: says === 'status' ? metadata : undefined,
          }),
        );
      }
    },

    async cancelTask(taskId, bus) {
      canceled.push(taskId);
      bus.publish(
        AgentEvent.statusUpdate({
          taskId,
          contextId: contexts.get(taskId) ?? '',
          status: {
            state: TaskState.TASK_STATE_CANCELED,
            timestamp: new Date().toISOString(),
            message: undefined,
          },
          metadata: {},
        }),
      );
    },
  };

  const handle = createAgentHandler({
    executor,
    card: createAgentCard({
      url: agentUrl,
      name: 'haggler',
      description: 'Translates, for a price to be agreed on.',
      skills: [{ id: 'translate', name: 'Translate', description: 'Translates.' }],
      extensions: [
        settlementExtension({
          accountIds: { [exchangeUrl]: payee.accountId },
          pricing: { translate: pricing },
          required,
        }),
      ],
    }),
  });

  return {
    exchangeUrl,
    payer,
    payee,
    heard,
    canceled,
    ledger: exchange.ledger,
    fetch: inProcessFetch(exchangeUrl, async (request) =>
      new URL(request.url).pathname.startsWith('/agents/')
        ? handle(request)
        : exchange.fetch(request),
    ),
  };

  function hear({ extensions, metadata, parts }: Message, known: Task | undefined): Heard {
    const block = metadata?.['a2a-se'];
    const message = {
      text: parts.map(textOf).join(''),
      task: known?.id,
      context: known?.contextId,
      settlement: typeof block === 'object' && block !== null ? { ...block } : undefined,
      extensions,
    };
    heard.push(message);
    return message;
  }
}

function textOf({ content }: Part): string {
  return content?.$case === 'text' ? content.value : '';
}

function textPart(text: string): Part {
  return {
    content: { $case: 'text', value: text },
    mediaType: 'text/plain',
    filename: '',
    metadata: undefined,
  };
}
