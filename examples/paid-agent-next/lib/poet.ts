import type { AgentCall, AgentSource } from 'ai-sdk-a2a-settlement/agent';

/**
 * Does the work. Replace it by a model, `{ model: 'openai/gpt-5.1', instructions: 'You write short
 * poems.' }`, or by `{ agent }`, a `ToolLoopAgent`. This one calls no model and needs no key.
 */
export const poet: AgentSource = { run: ({ messages }) => ({ stream: poem(messages) }) };

async function* poem(messages: AgentCall['messages']) {
  yield { type: 'text-start', id: '1' } as const;
  const verses = [
    'Roses are red, ',
    'agents are paid, ',
    `message ${messages.length} `,
    'is made.',
  ];
  for (const text of verses) yield { type: 'text-delta', id: '1', text } as const;
  yield { type: 'text-end', id: '1' } as const;
}
