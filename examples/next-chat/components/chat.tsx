'use client';

import { useChat } from '@ai-sdk/react';
import { DefaultChatTransport } from 'ai';
import { findStep } from 'ai-sdk-a2a-settlement/wallet';
import { useEffect, useState } from 'react';
import { type AgentId, agents, findAgent } from '../lib/agents';
import type { Approval, ChatMessage } from '../lib/chat-message';
import { useBackgroundAnswers } from '../lib/use-background-answers';
import { useSavedChat } from '../lib/use-saved-chat';
import { useWallet } from '../lib/use-wallet';
import './chat.css';
import { Composer } from './composer';
import { Conversation } from './conversation';
import { Money } from './money';
import { Scenarios } from './scenarios';

/** The page: a conversation with agents, and the money that it moves. */
export function Chat() {
  const [transport] = useState(() => new DefaultChatTransport<ChatMessage>({ api: '/api/chat' }));
  const chat = useChat<ChatMessage>({ transport });
  const { messages, sendMessage, setMessages, regenerate, status, stop, error } = chat;
  const [picked, setPicked] = useState<AgentId>();
  const [isHydrated, setIsHydrated] = useState(false);
  useEffect(() => setIsHydrated(true), []);

  // After a reload, the agent that has answered last.
  const lastAgent = messages.findLast(({ metadata }) => metadata?.agent)?.metadata?.agent;
  const agent = picked ?? findAgent(lastAgent)?.id ?? 'writer';
  const isBusy = status === 'submitted' || status === 'streaming';
  const wallet = useWallet(isBusy);
  const holds = wallet?.holds ?? [];
  useSavedChat(messages, setMessages);
  useBackgroundAnswers({ messages, setMessages, holds, isBusy });

  function send(text: string, to: AgentId) {
    setPicked(to);
    void sendMessage({ text }, { body: { agent: to } });
  }

  function decide({ id, metadata }: ChatMessage, approval: Approval, isApproved: boolean) {
    if (isApproved) {
      void regenerate({ messageId: id, body: { agent: metadata?.agent, approval } });
      return;
    }
    const message = `You did not agree to ${approval.amount} ${approval.currency}. Nothing was held or sent.`;
    const refused = { type: 'data-problem', data: { code: 'NOT_APPROVED', message } } as const;
    setMessages((all) =>
      all.map((each) => (each.id === id ? { ...each, parts: [refused] } : each)),
    );
  }

  const scenarios = (
    <Scenarios
      isBusy={isBusy}
      isCompact={messages.length > 0}
      onTry={(id) => send(agents.find((each) => each.id === id)?.scenario.message ?? '', id)}
    />
  );
  return (
    <div className="page">
      <main>
        <header className="page-title">
          <h1>Agents, paid when they deliver</h1>
          {messages.length > 0 && (
            <button type="button" className="quiet" onClick={() => setMessages([])}>
              New chat
            </button>
          )}
        </header>
        {/* What is pressed before React listens would be lost. */}
        <fieldset className="page-body" disabled={!isHydrated}>
          <Conversation
            messages={messages}
            isBusy={isBusy}
            error={error}
            receiptOf={(message) => findStep(holds, { message })}
            onDecision={decide}
          >
            {messages.length === 0 && scenarios}
          </Conversation>
          <footer className="page-foot">
            {messages.length > 0 && scenarios}
            <Composer
              agent={agent}
              isBusy={isBusy}
              onAgent={setPicked}
              onSend={send}
              onStop={stop}
            />
          </footer>
        </fieldset>
      </main>
      <Money wallet={wallet} />
    </div>
  );
}
