import { TaskState } from '@a2a-js/sdk';
import type { DemoAgent } from './demo-agent';
import { textPart } from './demo-turn';

const STEPS = 10;
const DELAYS_PER_STEP = 25;

/** Works for seconds, reports its progress, and can be canceled at any time. */
export const slow: DemoAgent = {
  description: 'Does a long piece of research.',
  skill: {
    id: 'research',
    name: 'Research',
    description: 'Works for several seconds and reports its progress.',
    examples: ['Compare the prices of ten shops'],
  },
  price: 25,

  async work(turn) {
    for (let step = 1; step <= STEPS; step++) {
      turn.say(TaskState.TASK_STATE_WORKING, `Step ${step} of ${STEPS}.`);
      await turn.pause(DELAYS_PER_STEP);
    }
    turn.deliver({ name: 'Report', part: textPart('The research is done.') });
    turn.say(TaskState.TASK_STATE_COMPLETED);
  },
};
