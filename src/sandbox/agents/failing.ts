import { TaskState } from '@a2a-js/sdk';
import type { DemoAgent } from './demo-agent';

/** Starts to work, then fails: the payer gets a refund. */
export const failing: DemoAgent = {
  description: 'Takes any task and fails at it.',
  skill: {
    id: 'fail',
    name: 'Fail',
    description: 'Fails after some work.',
    examples: ['Scrape the page behind the login'],
  },
  price: 10,

  async work(turn) {
    turn.say(TaskState.TASK_STATE_WORKING, 'Opening the page.');
    await turn.pause(3);
    turn.say(TaskState.TASK_STATE_FAILED, 'The page asked for a login, so it could not be read.');
  },
};
