import type {
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import { answerOf, answerOfError, answerOfFailure, type TaskAnswer } from '../outcome/agent-answer';
import { sizeOfPart } from './stream-parts';
import { isWaitingState } from '../state/task-states';

/** The answer to a message without payment. */
export interface FirstAnswer<RESULT> {
  /** What the agent may ask for in the answer. Undefined if it asks for nothing. */
  answer: TaskAnswer | undefined;
  /**
   * The caller's result, if this is the final answer.
   *
   * @throws the error of the model.
   */
  result: () => RESULT;
}

/** Keeps the model's last answer while its call is not paid. */
export class FirstAnswers<RESULT> {
  private result: (() => RESULT) | undefined;

  keep(result: RESULT): void {
    this.result = () => result;
  }

  /**
   * Keeps an answer, or the error in its place, and returns what the agent asks for in it.
   *
   * @throws errors of `asking`.
   */
  async read(asking: Promise<FirstAnswer<RESULT>>): Promise<TaskAnswer | undefined> {
    try {
      const { answer, result } = await asking;
      this.result = result;
      return answer;
    } catch (error) {
      this.result = () => {
        throw error;
      };
      throw error;
    }
  }

  /** @throws the error of the model. */
  last(): RESULT {
    if (this.result === undefined) throw new Error('The model has not been called yet.');
    return this.result();
  }
}

/** @throws errors of the model that are not an answer of its agent. */
export async function firstOfGenerate(
  calling: PromiseLike<LanguageModelV4GenerateResult>,
): Promise<FirstAnswer<LanguageModelV4GenerateResult>> {
  return orFailed(async () => {
    const result = await calling;
    const answer = answerOf(result.providerMetadata);
    return {
      answer: isWaitingState(answer?.state) ? answer : undefined,
      result: () => result,
    };
  });
}

/**
 * Reads a stream until it is known whether the agent asks for something: to its end, or until the first output
 * of its work. All parts are kept for the caller.
 *
 * @throws errors of the model that are not an answer of its agent.
 */
export async function firstOfStream(
  calling: PromiseLike<LanguageModelV4StreamResult>,
  { maxBytes }: { maxBytes: number },
): Promise<FirstAnswer<LanguageModelV4StreamResult>> {
  return orFailed(async () => {
    const result = await calling;
    const reader = result.stream.getReader();
    const read: LanguageModelV4StreamPart[] = [];
    const asking = new Set<string>();
    let bytes = 0;
    let failure: { error: unknown } | undefined;
    let answer: TaskAnswer | undefined;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      read.push(value);
      bytes += sizeOfPart(value);
      if (value.type === 'error') failure = value;
      if (value.type === 'finish') {
        const { providerMetadata } = value;
        const last = answerOf(providerMetadata);
        if (failure !== undefined) answer = answerOfFailure(failure.error, providerMetadata);
        else if (isWaitingState(last?.state)) answer = last;
        // This is the end, although a source may stay open after it.
        reader.cancel().catch(() => {});
        break;
      }
      if (showsWork(value, asking) || bytes > maxBytes) {
        break;
      }
    }
    return { answer, result: () => ({ ...result, stream: replay(read, reader) }) };
  });
}

async function orFailed<RESULT>(
  call: () => Promise<FirstAnswer<RESULT>>,
): Promise<FirstAnswer<RESULT>> {
  try {
    return await call();
  } catch (error) {
    const answer = answerOfError(error);
    if (answer === undefined) throw error;
    return {
      answer,
      result: () => {
        throw error;
      },
    };
  }
}

/** Text that an agent sends while it asks or reasons is not output of its work. */
function showsWork(part: LanguageModelV4StreamPart, asking: Set<string>): boolean {
  switch (part.type) {
    case 'text-start':
      if (isWaitingState(answerOf(part.providerMetadata)?.state)) asking.add(part.id);
      return false;
    case 'text-delta':
      return part.delta !== '' && !asking.has(part.id);
    case 'file':
    case 'source':
    case 'custom':
    case 'tool-call':
      return !isWaitingState(answerOf(part.providerMetadata)?.state);
    default:
      return false;
  }
}

/** The parts that were read, and then the rest. */
function replay(
  read: LanguageModelV4StreamPart[],
  reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart>,
): ReadableStream<LanguageModelV4StreamPart> {
  const waiting = read.values();
  return new ReadableStream({
    async pull(controller) {
      const next = waiting.next();
      if (!next.done) return controller.enqueue(next.value);
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
