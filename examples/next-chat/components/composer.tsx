import { type FormEvent, useRef, useState } from 'react';
import { type AgentId, agents } from '../lib/agents';
import './composer.css';

/** Picks an agent, and sends it a message. While it answers, Stop cancels its task. */
export function Composer({
  agent,
  isBusy,
  onAgent,
  onSend,
  onStop,
}: {
  agent: AgentId;
  isBusy: boolean;
  onAgent: (agent: AgentId) => void;
  onSend: (text: string, agent: AgentId) => void;
  onStop: () => void;
}) {
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isBusy || text.trim() === '') return;
    onSend(text, agent);
    setText('');
  }

  function stop() {
    onStop();
    input.current?.focus();
  }

  return (
    <form className="composer" onSubmit={submit}>
      <label>
        <span>Agent</span>
        <select value={agent} onChange={(event) => onAgent(event.target.value as AgentId)}>
          {agents.map(({ id, name, price }) => (
            <option key={id} value={id}>
              {name} · {price}
            </option>
          ))}
        </select>
      </label>
      <input
        ref={input}
        aria-label="Message"
        placeholder="Write to the agent"
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {isBusy ? (
        <button type="button" key="stop" onClick={stop}>
          Stop
        </button>
      ) : (
        <button type="submit" key="send" className="primary" disabled={text.trim() === ''}>
          Send
        </button>
      )}
    </form>
  );
}
