import { safeValidateUIMessages } from 'ai';
import * as z from 'zod';
import { type Agent, findAgent } from './agents';
import { type Approval, approvalSchema, type ChatMessage, messageSchemas } from './chat-message';

const bodySchema = z.object({
  messages: z.unknown(),
  /** An id of `agents`. */
  agent: z.string(),
  approval: approvalSchema.optional(),
});

/** What a page may ask for: undefined for anything else. The agent's URL is not among it. */
export async function readChatRequest(
  request: Request,
): Promise<{ agent: Agent; messages: ChatMessage[]; approval: Approval | undefined } | undefined> {
  const body = bodySchema.safeParse(await request.json().catch(() => undefined));
  if (!body.success) return undefined;
  const { approval, messages } = body.data;
  const agent = findAgent(body.data.agent);
  const checked = await safeValidateUIMessages<ChatMessage>({ messages, ...messageSchemas });
  if (!checked.success || agent === undefined) return undefined;
  // An earlier message may be for another agent. If that one did not answer, `history: 'last'`
  // would send it, too. The answers say which conversation to continue.
  const own = checked.data.filter(
    (message) => message.role !== 'user' || message === checked.data.at(-1),
  );
  return { agent, messages: own, approval };
}
