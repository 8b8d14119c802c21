import { TaskState, type Part } from '@a2a-js/sdk';
import { AgentEvent, type AgentExecutor } from '@a2a-js/sdk/server';
import {
  createAgentCard,
  createAgentHandler,
  settlementExtension,
  verifyEscrow,
} from '../../src/agent';
import { createExchange } from '../../src/sandbox/exchange/create-exchange';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';

export const price = 7;

/**
 * An exchange and one paid agent in this process. The agent answers in pieces, and stops in the
 * middle of each answer until `goOn`; what it then does, the question says: `complete` or `fail`.
 * A task that is canceled meanwhile ends there.
 */
export function createLoadedAgent({ payerTokens }: { payerTokens: number }) {
  const exchange = createExchange({ starterTokens: 0 });
  const exchangeUrl = 'https://load.test';
  const agentUrl = `${exchangeUrl}/agents/load/`;
  const exchangeFetch = inProcessFetch(exchangeUrl, exchange.fetch);
  const payer = exchange.register('payer', { tokens: payerTokens });
  const payee = exchange.register('payee', { tokens: 0 });
  const verify = verifyEscrow({ exchangeUrl, fetch: exchangeFetch, price, ...payee });
  let gate = Promise.withResolvers<void>();
  let halfway = 0;
  const waiting = new Map<string, () => void>();

  const executor: AgentExecutor = {
    async execute({ taskId, contextId, userMessage }, bus) {
      const question = userMessage.parts.map(textOf).join('');
      const verdict = await verify(userMessage);
      bus.publish(
        AgentEvent.task({
          id: taskId,
          contextId,
          status: status(TaskState.TASK_STATE_WORKING),
          artifacts: [],
          history: [userMessage],
          metadata: undefined,
        }),
      );
      const mayWork = verdict.verified || verdict.reason === 'missing';
      const wanted = mayWork ? pieces : 0;
      for (let piece = 0; piece < wanted; piece++) {
        if (piece === pieces / 2) {
          halfway++;
          const isCanceled = await new Promise<boolean>((resolve) => {
            waiting.set(taskId, () => {
              bus.publish(
                AgentEvent.statusUpdate({
                  taskId,
                  contextId,
                  status: status(TaskState.TASK_STATE_CANCELED),
                  metadata: {},
                }),
              );
              resolve(true);
            });
            void gate.promise.then(() => resolve(false));
          });
          if (isCanceled) return;
        }
        bus.publish(
          AgentEvent.artifactUpdate({
            taskId,
            contextId,
            artifact: {
              artifactId: 'answer',
              name: 'Answer',
              description: '',
              parts: [textPart(`Piece ${piece} of the answer. `)],
              metadata: undefined,
              extensions: [],
            },
            append: piece > 0,
            lastChunk: piece === pieces - 1,
            metadata: {},
          }),
        );
      }
      const end = question.includes('fail')
        ? TaskState.TASK_STATE_FAILED
        : TaskState.TASK_STATE_COMPLETED;
      bus.publish(
        AgentEvent.statusUpdate({
          taskId,
          contextId,
          status: status(mayWork ? end : TaskState.TASK_STATE_REJECTED),
          metadata: {},
        }),
      );
    },
    async cancelTask(taskId) {
      waiting.get(taskId)?.();
      waiting.delete(taskId);
    },
  };
  const handle = createAgentHandler({
    executor,
    card: createAgentCard({
      url: agentUrl,
      name: 'load',
      description: 'Answers in pieces.',
      skills: [{ id: 'answer', name: 'Answer', description: 'Answers.' }],
      extensions: [
        settlementExtension({
          accountIds: { [exchangeUrl]: payee.accountId },
          pricing: { answer: { baseTokens: price } },
        }),
      ],
    }),
  });

  const reach: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const isForAgent = new URL(request.url).pathname.startsWith('/agents/');
    const answer = isForAgent ? await handle(request) : await exchange.fetch(request);
    // The caller's own signal: the one of a request goes with the request when garbage is collected.
    const signal = init?.signal;
    return answer.body === null || signal == null
      ? answer
      : new Response(answer.body.pipeThrough(new TransformStream(), { signal }), answer);
  };

  return {
    agentUrl,
    exchangeUrl,
    payer,
    payee,
    ledger: exchange.ledger,
    fetch: reach,
    /** Answers that stand still in their middle. */
    halfway: () => halfway,
    /** Those of them that were not canceled. */
    waiting: () => waiting.size,
    /** Lets all of them go on, and the next ones stop again. */
    goOn() {
      gate.resolve();
      gate = Promise.withResolvers();
      halfway = 0;
      waiting.clear();
    },
  };
}

const pieces = 8;

function status(state: TaskState) {
  return { state, timestamp: new Date().toISOString(), message: undefined };
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
