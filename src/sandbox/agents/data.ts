import { TaskState } from '@a2a-js/sdk';
import type { DemoAgent } from './demo-agent';

/** Answers with a data part: a JSON object instead of text. */
export const data: DemoAgent = {
  description: 'Tells the weather of a city as structured data.',
  skill: {
    id: 'weather',
    name: 'Weather',
    description: 'Gives city, temperature and conditions.',
    examples: ['What is the weather in Lisbon?'],
  },
  price: 5,
  outputModes: ['application/json'],

  async work(turn) {
    turn.say(TaskState.TASK_STATE_WORKING);
    await turn.pause();
    turn.deliver({
      name: 'Weather',
      part: {
        content: { $case: 'data', value: weatherIn(cityOf(turn.question)) },
        mediaType: 'application/json',
        filename: '',
        metadata: undefined,
      },
    });
    turn.say(TaskState.TASK_STATE_COMPLETED);
  },
};

function weatherIn(city: string) {
  return { city, temperature: 10 + (city.length % 20), unit: 'celsius', conditions: 'sunny' };
}

function cityOf(question: string): string {
  return /\bin (\p{Lu}[\p{L}-]*(?: \p{Lu}[\p{L}-]*)*)/u.exec(question)?.[1] ?? 'Lisbon';
}
