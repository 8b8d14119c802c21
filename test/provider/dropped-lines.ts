import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { type agentOnABadLine, dialects, framings, record, type Plan } from './forgetful-line';

export const said = ['Zwölf ', '十二 🥊👩‍👩‍👧', ' aa', 'a', ' "q" \\ …'];
const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }];

export const calm: Plan = {
  cuts: [],
  breaks: true,
  chunks: [64],
  resubscription: 'whole task',
  pace: 1,
  lag: 0,
  isMute: false,
};

/** The same answer in all dialects and framings. */
export const lines = Object.entries(dialects).flatMap(([name, dialect]) =>
  Object.entries(framings).map(([how, framing]) => {
    const recorded = record({ said, dialect, framing });
    return { name: `${name}, ${how}`, recorded, first: recorded.ends[0] ?? 0 };
  }),
);
export const whole = said.join('');

/** The texts of an answer, each block by itself. */
export async function readAnswer(model: ReturnType<typeof agentOnABadLine>['model']) {
  const texts = new Map<string, string>();
  const states: unknown[] = [];
  let error: unknown;
  try {
    const { stream } = await model.doStream({ prompt });
    for await (const part of stream) take(part);
  } catch (thrown) {
    error = thrown;
  }
  return { text: [...texts.values()], error, states };

  function take(part: LanguageModelV4StreamPart): void {
    if (part.type === 'text-delta') texts.set(part.id, (texts.get(part.id) ?? '') + part.delta);
    if (part.type === 'error') error = part.error;
    if (part.type === 'finish') states.push(part.finishReason.raw);
  }
}
