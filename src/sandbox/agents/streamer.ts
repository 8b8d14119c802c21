import { TaskState } from '@a2a-js/sdk';
import type { DemoAgent } from './demo-agent';
import { textPart } from './demo-turn';

/** Answers in many small pieces of one artifact. */
export const streamer: DemoAgent = {
  description: 'Answers any question, word by word.',
  skill: {
    id: 'answer',
    name: 'Answer',
    description: 'Streams an answer.',
    examples: ['Scrape example.com'],
  },
  price: 10,

  async work(turn) {
    turn.say(TaskState.TASK_STATE_WORKING, 'Reading the request.');

    const words = answerTo(turn.question).split(/(?<=\s)/);
    for (const [index, word] of words.entries()) {
      await turn.pause();
      turn.deliver({
        name: 'Answer',
        part: textPart(word),
        append: index > 0,
        lastChunk: index === words.length - 1,
      });
    }
    turn.say(TaskState.TASK_STATE_COMPLETED);
  },
};

function answerTo(question: string): string {
  return (
    `You asked: ${question.trim() || 'nothing'}. ` +
    'This sandbox agent reads no pages and calls no model. It answers in many small pieces, so ' +
    'that you can watch a stream arrive, and it is paid when the last piece has been delivered.'
  );
}
