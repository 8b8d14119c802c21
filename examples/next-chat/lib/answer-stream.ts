import {
  type CallWarning,
  createUIMessageStream,
  type TextStreamPart,
  type ToolSet,
  toUIMessageStream,
} from 'ai';
import type { ChatMessage } from './chat-message';
import { describeProblem } from './describe-problem';

/** The stream of an answer, for `useChat`: who answers, what it says, and what went wrong. */
export function answerStream({
  stream,
  message,
  agent,
}: {
  stream: ReadableStream<TextStreamPart<ToolSet>>;
  /** The id of the answer's message. */
  message: string;
  /** An id of `agents`. */
  agent: string;
}) {
  return createUIMessageStream<ChatMessage>({
    execute({ writer }) {
      const answer = toUIMessageStream<ToolSet, ChatMessage>({
        stream,
        generateMessageId: () => message,
        messageMetadata({ part }) {
          if (part.type === 'start') return { agent };
          if (part.type === 'start-step') return { warnings: part.warnings.map(textOf) };
          return undefined;
        },
        onError(error) {
          const problem = describeProblem(error);
          // As a part of the message, it stays in the conversation.
          writer.write({ type: 'data-problem', data: problem });
          return problem.message;
        },
      });
      writer.merge(answer);
    },
  });
}

function textOf(warning: CallWarning): string {
  if (warning.type === 'other' || warning.type === 'deprecated') return warning.message;
  return warning.details ?? `${warning.feature} is not supported.`;
}
