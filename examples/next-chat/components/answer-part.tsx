import type { ChatMessage } from '../lib/chat-message';

/** One part of an agent's answer: text, what it is doing, data, a file or a link. */
export function AnswerPart({ part }: { part: ChatMessage['parts'][number] }) {
  switch (part.type) {
    case 'text':
      return <p className="answer">{part.text}</p>;
    case 'reasoning':
      return <p className="progress">{part.text}</p>;
    case 'file':
      return (
        <p>
          <a href={part.url} download={part.filename ?? 'file'}>
            {part.filename ?? part.mediaType}
          </a>
        </p>
      );
    case 'source-url':
      // Only web addresses: an agent could name a script.
      return /^https?:/.test(part.url) ? (
        <p>
          <a href={part.url} rel="noreferrer">
            {part.title ?? part.url}
          </a>
        </p>
      ) : null;
    case 'custom': {
      const data = part.providerMetadata?.a2a?.data;
      return data === undefined ? null : <pre>{JSON.stringify(data, null, 2)}</pre>;
    }
    default:
      return null;
  }
}
