import type { FoundStep } from 'ai-sdk-a2a-settlement/wallet';
import type { ReactNode } from 'react';
import type { Approval, ChatMessage } from '../lib/chat-message';
import './conversation.css';
import { Message } from './message';

/** The messages, from first to last. `children` stand below them. */
export function Conversation({
  messages,
  isBusy,
  error,
  receiptOf,
  onDecision,
  children,
}: {
  messages: ChatMessage[];
  isBusy: boolean;
  /** The answer broke off, or the server could not be reached. */
  error: Error | undefined;
  receiptOf: (message: string) => FoundStep | undefined;
  onDecision: (message: ChatMessage, approval: Approval, isApproved: boolean) => void;
  children: ReactNode;
}) {
  const last = messages.at(-1);
  const isExplained = last?.parts.some(({ type }) => type === 'data-problem');
  return (
    <div
      className="conversation"
      role="log"
      aria-label="Conversation"
      aria-busy={isBusy}
      tabIndex={0}
    >
      <div className="messages">
        {messages.map((message) => (
          <Message
            key={message.id}
            message={message}
            receipt={receiptOf(message.id)}
            isStreaming={isBusy && message === last}
            onDecision={(approval, isApproved) => onDecision(message, approval, isApproved)}
          />
        ))}
        {isBusy && last?.role === 'user' && <p className="waiting">Calling the agent</p>}
        {error !== undefined && !isExplained && (
          <p role="alert" className="problem">
            The server could not be reached, or the answer broke off. Send the message again.
          </p>
        )}
        {children}
      </div>
    </div>
  );
}
