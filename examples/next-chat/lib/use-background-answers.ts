import { findStep, type HoldStory, isOpen } from 'ai-sdk-a2a-settlement/wallet';
import { useEffect, useRef } from 'react';
import { findAgent } from './agents';
import type { ChatMessage } from './chat-message';

/** Adds the answers of agents that worked in the background, when their holds have been settled. */
export function useBackgroundAnswers({
  messages,
  setMessages,
  holds,
  isBusy,
}: {
  messages: ChatMessage[];
  setMessages: (change: (messages: ChatMessage[]) => ChatMessage[]) => void;
  holds: HoldStory[];
  isBusy: boolean;
}): void {
  const asked = useRef(new Set<string>());

  useEffect(() => {
    if (isBusy) return;
    for (const { id, metadata, parts } of messages) {
      const isAnswered = parts.some(({ type }) => type === 'text' || type === 'data-problem');
      const receipt = findStep(holds, { message: id });
      if (!findAgent(metadata?.agent)?.inBackground || isAnswered || asked.current.has(id))
        continue;
      if (receipt === undefined || isOpen(receipt.hold)) continue;
      asked.current.add(id);
      void readAnswer(id).then((part) =>
        setMessages((all) =>
          all.map((each) => (each.id === id ? { ...each, parts: [...each.parts, part] } : each)),
        ),
      );
    }
  }, [messages, setMessages, holds, isBusy]);
}

async function readAnswer(message: string): Promise<ChatMessage['parts'][number]> {
  const response = await fetch(`/api/answers/${message}`).catch(() => undefined);
  if (!response?.ok) {
    return { type: 'data-problem', data: { message: 'The answer could not be read.' } };
  }
  const { text } = (await response.json()) as { text: string };
  return { type: 'text', text };
}
