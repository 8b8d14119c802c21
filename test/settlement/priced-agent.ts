import { TaskState } from '@a2a-js/sdk';
import { AgentEvent, type AgentExecutor } from '@a2a-js/sdk/server';
import {
  createAgentCard,
  createAgentHandler,
  settlementExtension,
  type SkillPrice,
} from '../../src/agent';
import { createExchange } from '../../src/sandbox/exchange/create-exchange';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';

const exchangeUrl = 'https://priced.test';
export const agentUrl = `${exchangeUrl}/agents/priced/`;

/** An exchange, and one agent on the official SDK whose card has these skills and prices. */
export function createPricedAgent({
  skills,
  pricing,
  metadata = {},
}: {
  /** On the card. Default: those with a price. */
  skills?: string[];
  pricing: Record<string, SkillPrice>;
  /** What the agent attaches to its answers. */
  metadata?: Record<string, unknown>;
}) {
  const exchange = createExchange({ starterTokens: 0 });
  const payer = exchange.register('payer', { tokens: 20_000 });
  const payee = exchange.register('payee', { tokens: 0 });
  /** The metadata of each message that arrived. */
  const heard: (Record<string, unknown> | undefined)[] = [];

  const executor: AgentExecutor = {
    async execute({ contextId, taskId, userMessage }, bus) {
      heard.push(userMessage.metadata);
      bus.publish(
        AgentEvent.task({
          id: taskId,
          contextId,
          artifacts: [
            {
              artifactId: 'answer',
              name: '',
              description: '',
              parts: [
                {
                  content: { $case: 'text', value: 'Done.' },
                  mediaType: 'text/plain',
                  filename: '',
                  metadata: undefined,
                },
              ],
              metadata: undefined,
              extensions: [],
            },
          ],
          history: [userMessage],
          metadata,
          status: {
            state: TaskState.TASK_STATE_COMPLETED,
            timestamp: new Date().toISOString(),
            message: undefined,
          },
        }),
      );
    },
    async cancelTask() {},
  };
  const handle = createAgentHandler({
    executor,
    card: createAgentCard({
      url: agentUrl,
      name: 'priced',
      description: 'Has several skills.',
      skills: (skills ?? Object.keys(pricing)).map((id) => ({ id, name: id, description: id })),
      extensions: [
        settlementExtension({ accountIds: { [exchangeUrl]: payee.accountId }, pricing }),
      ],
    }),
  });

  return {
    exchangeUrl,
    payer,
    payee,
    heard,
    ledger: exchange.ledger,
    fetch: inProcessFetch(exchangeUrl, async (request) =>
      new URL(request.url).pathname.startsWith('/agents/')
        ? handle(request)
        : exchange.fetch(request),
    ),
  };
}
