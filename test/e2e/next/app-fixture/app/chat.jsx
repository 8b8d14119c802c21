'use client';

import { useChat } from '@ai-sdk/react';
import { DefaultChatTransport } from 'ai';
import { useEffect, useState } from 'react';

/** A chat with the agent behind one of the routes. */
export function Chat({ api }) {
  const [transport] = useState(() => new DefaultChatTransport({ api }));
  const { messages, sendMessage, status, stop, error } = useChat({ transport });
  const [input, setInput] = useState('');
  const [isHydrated, setIsHydrated] = useState(false);
  useEffect(() => setIsHydrated(true), []);
  const isBusy = status === 'submitted' || status === 'streaming';

  const submit = (event) => {
    event.preventDefault();
    if (input.trim() === '') return;
    sendMessage({ text: input });
    setInput('');
  };

  return (
    <main>
      <h1>A chat that pays its agent</h1>
      <p className="hint">useChat → Next.js route → A2A agent, settled for every answer</p>
      <ol>
        {messages.map((message) => (
          <li key={message.id} className={message.role}>
            <Answer parts={message.parts} />
            <Receipt receipt={message.metadata?.settlement} />
            <Warnings warnings={message.metadata?.warnings ?? []} />
          </li>
        ))}
      </ol>
      {error && <p role="alert">{error.message}</p>}
      <form onSubmit={submit}>
        <input
          aria-label="Message"
          placeholder="Ask the agent"
          // What is typed before React listens would be lost.
          disabled={!isHydrated}
          value={input}
          onChange={(event) => setInput(event.target.value)}
        />
        {isBusy ? (
          <button type="button" key="stop" onClick={stop}>
            Stop
          </button>
        ) : (
          <button type="submit" key="send">
            Send
          </button>
        )}
      </form>
    </main>
  );
}

function Answer({ parts }) {
  const isAnswered = parts.some(({ type }) => type === 'text');
  return parts.map((part, index) => {
    if (part.type === 'text') return <p key={index}>{part.text}</p>;
    // What the agent is doing is of interest only until it has answered.
    if (part.type !== 'reasoning' || isAnswered) return null;
    return (
      <p key={index} className="progress">
        {part.text}
      </p>
    );
  });
}

function Receipt({ receipt }) {
  if (!receipt) return null;
  const { status, amount, fee, currency, escrowId } = receipt;
  return (
    <dl className={`receipt ${status}`}>
      <dt>{status}</dt>
      {escrowId && (
        <dd>
          {amount} {currency} + {fee} fee · escrow {escrowId.slice(0, 8)}
        </dd>
      )}
    </dl>
  );
}

function Warnings({ warnings }) {
  return warnings.map(({ details, feature, message }, index) => (
    <p key={index} className="warning">
      {message ?? `${feature}: ${details}`}
    </p>
  ));
}
