import type { FoundStep } from 'ai-sdk-a2a-settlement/wallet';
import { findAgent } from '../lib/agents';
import type { Approval, ChatMessage } from '../lib/chat-message';
import { AnswerPart } from './answer-part';
import './message.css';
import { ProblemNotice } from './problem-notice';

/** A message of the user, or an agent's answer with its receipt. */
export function Message({
  message: { metadata, parts, role },
  receipt,
  isStreaming,
  onDecision,
}: {
  message: ChatMessage;
  /** Undefined if nothing was held for it. */
  receipt: FoundStep | undefined;
  isStreaming: boolean;
  onDecision: (approval: Approval, isApproved: boolean) => void;
}) {
  const isAnswered = parts.some(({ type }) => type === 'text');
  const agent = findAgent(metadata?.agent);
  return (
    <article className={`message ${role}`} data-streaming={isStreaming}>
      {agent && <h2 className="message-agent">{agent.name}</h2>}
      {parts.map((part, index) => {
        if (part.type === 'data-problem') {
          return <ProblemNotice key={index} problem={part.data} onDecision={onDecision} />;
        }
        // What the agent is doing is of interest only until it has answered.
        if (part.type === 'reasoning' && isAnswered) return null;
        return <AnswerPart key={index} part={part} />;
      })}
      {metadata?.warnings?.map((warning) => (
        <p key={warning} className="warning">
          {warning}
        </p>
      ))}
      {receipt && <settlement-receipt receipt={receipt} />}
    </article>
  );
}
