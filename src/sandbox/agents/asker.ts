import { TaskState } from '@a2a-js/sdk';
import type { DemoAgent } from './demo-agent';
import { textPart } from './demo-turn';

/** Asks a question first, and completes the same task with the caller's answer. */
export const asker: DemoAgent = {
  description: 'Books a table, once it knows for how many.',
  skill: {
    id: 'book-table',
    name: 'Book a table',
    description: 'Asks for the number of guests, then books.',
    examples: ['Book a table for tonight'],
  },
  price: 15,

  async work(turn) {
    turn.say(TaskState.TASK_STATE_WORKING);
    await turn.pause();
    if (!turn.isFollowUp) {
      turn.say(TaskState.TASK_STATE_INPUT_REQUIRED, 'For how many guests?');
      return;
    }
    turn.deliver({
      name: 'Booking',
      part: textPart(`Your table is booked. Guests: ${turn.question.trim()}.`),
    });
    turn.say(TaskState.TASK_STATE_COMPLETED);
  },
};
