import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  generateId,
  streamText,
  wrapLanguageModel,
} from 'ai';
import { agentUrl } from '../../../lib/agent-url';
import { answerStream } from '../../../lib/answer-stream';
import { withApproval } from '../../../lib/approval';
import { rememberTask } from '../../../lib/background-tasks';
import { readChatRequest } from '../../../lib/read-chat-request';
import { sessionUser } from '../../../lib/session';
import { a2a, settlement } from '../../../lib/settlement';
import { webhookFor } from '../../../lib/webhook';

/** For `useChat`: calls the agent that the user has picked, and pays for its answer. */
export async function POST(request: Request): Promise<Response> {
  const user = await sessionUser();
  if (user === undefined) return new Response('No session', { status: 401 });
  const asked = await readChatRequest(request);
  if (asked === undefined) return new Response('Not a message of this page', { status: 400 });

  const { agent, approval } = asked;
  const url = agentUrl(agent);
  const message = generateId();
  const messages = await convertToModelMessages(asked.messages);

  const { stream } = withApproval(approval, () =>
    streamText({
      model: wrapLanguageModel({ model: a2a(url), middleware: settlement.middleware }),
      messages,
      providerOptions: {
        // Conversations are sealed for this user. Those of somebody else are not continued.
        // What was written to one agent is not sent to another one (`history`).
        a2a: { subject: user, history: 'last', ...(agent.inBackground && webhookFor(request)) },
        // The timeline finds the user's holds, and each message its receipt, by these labels.
        settlement: { labels: { user, message } },
      },
      // Stop, or a closed tab: the task is canceled, and the tokens are refunded.
      abortSignal: request.signal,
      async onEnd({ providerMetadata }) {
        const taskId = providerMetadata?.a2a?.taskId;
        if (!agent.inBackground || typeof taskId !== 'string') return;
        await rememberTask(user, message, { agent: url, taskId });
      },
      onError: () => {}, // The page shows errors, see answerStream. By default they are also printed.
    }),
  );
  return createUIMessageStreamResponse({
    stream: answerStream({ stream, message, agent: agent.id }),
  });
}
