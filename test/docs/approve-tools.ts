import { generateText, type LanguageModel, type ModelMessage } from 'ai';
import * as z from 'zod/v4';

const question = z.object({
  approvals: z.array(
    z.object({ approvalId: z.string(), toolName: z.string(), input: z.unknown() }),
  ),
});
type Waiting = z.infer<typeof question>['approvals'][number];

/** Calls an agent. Where it asks whether tools may run, it answers each one as `decide` says. */
export async function generateApproved(
  model: LanguageModel,
  messages: ModelMessage[],
  decide: (call: Waiting) => boolean,
) {
  const asked = await generateText({ model, messages });
  const data = asked.content.map((part) =>
    part.type === 'custom' ? part.providerMetadata?.['a2a']?.['data'] : undefined,
  );
  const waiting = data.flatMap((value) => question.safeParse(value).data?.approvals ?? []);
  if (waiting.length === 0) return asked;

  const approvals = waiting.map((call) => ({
    approvalId: call.approvalId,
    approved: decide(call),
  }));
  // The data goes to the agent in place of the text.
  const providerOptions = { a2a: { data: { approvals } } };
  const answer: ModelMessage = {
    role: 'user',
    content: [{ type: 'text', text: 'My decision', providerOptions }],
  };
  return generateText({ model, messages: [...messages, ...asked.response.messages, answer] });
}
