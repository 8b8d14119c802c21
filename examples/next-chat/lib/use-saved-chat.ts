import { useEffect } from 'react';
import type { ChatMessage } from './chat-message';

const KEY = 'next-chat';

/**
 * Keeps the conversation over a reload, in this tab. A browser may hold the messages: what counts
 * in them, the agent's conversation and the hold that it keeps, is sealed by the server.
 */
export function useSavedChat(
  messages: ChatMessage[],
  setMessages: (messages: ChatMessage[]) => void,
): void {
  useEffect(() => {
    const saved = sessionStorage.getItem(KEY);
    if (saved !== null) setMessages(JSON.parse(saved) as ChatMessage[]);
  }, [setMessages]);

  useEffect(() => {
    const save = () => sessionStorage.setItem(KEY, JSON.stringify(messages));
    addEventListener('pagehide', save);
    return () => removeEventListener('pagehide', save);
  }, [messages]);
}
