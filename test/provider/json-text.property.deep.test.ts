import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJson } from '../../src/internal/find-json';
import { JsonReading } from '../../src/provider/answer/json/json-reading';
import type { JsonShape } from '../../src/provider/answer/json/json-shape';
import { TextBlocks } from '../../src/provider/answer/text-blocks';

const runs = { numRuns: 300 };

/** Cuts a text anywhere. */
function cut(text: string, places: number[]): string[] {
  const at = places.map((place) => Math.floor(place * text.length)).sort((one, two) => one - two);
  return [0, ...at].map((from, index) => text.slice(from, at[index] ?? text.length));
}

function answerOf(pieces: string[], json: JsonShape) {
  const reading = new JsonReading(json);
  const blocks = new TextBlocks(() => ({}), { json: reading });
  const parts = pieces.flatMap((piece) => blocks.append('a', piece));
  const { jsonText, parts: answered } = blocks.answer(reading.newData());
  parts.push(...answered, ...blocks.end({ isProseAnswer: jsonText === undefined }));
  const textOf = (type: 'text-delta' | 'reasoning-delta') =>
    parts.map((part) => (part.type === type ? part.delta : '')).join('');
  return { jsonText, text: textOf('text-delta'), thought: textOf('reasoning-delta') };
}

const value = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { minKeys: 1 });
const prose = fc
  .stringMatching(/^[A-Za-z ,.!?{}\n]{0,30}$/)
  .map((text) => text.replace(/[{}]+$/, ''));
const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

test('a JSON object is found however it is cut, fenced and talked around', () => {
  fc.assert(
    fc.property(
      value,
      prose,
      prose,
      fc.constantFrom('bare', 'fenced', 'indented'),
      places,
      (wanted, before, after, how, at) => {
        const text = JSON.stringify(wanted, null, how === 'indented' ? 2 : 0);
        const whole =
          how === 'fenced'
            ? `${before}\n\`\`\`json\n${text}\n\`\`\`\n${after}`
            : `${before}${text}${after}`;
        fc.pre(how === 'fenced' || !/[{[]/.test(before));
        const keys = Object.keys(JSON.parse(text));
        const shape = { type: 'object', properties: keys, required: keys } as const;
        const answer = answerOf(cut(whole, at), shape);
        expect(JSON.parse(answer.text)).toEqual(JSON.parse(text));
        expect(answer.jsonText).toBe(answer.text);
      },
    ),
    runs,
  );
});

test('a bare list is wrapped however it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), places, (list, at) => {
      const text = JSON.stringify(list);
      const shape = { type: 'list', key: 'elements' } as const;
      const answer = answerOf(cut(text, at), shape);
      expect(JSON.parse(answer.text)).toEqual({ elements: JSON.parse(text) });
    }),
    runs,
  );
});

test('nothing of a text is lost where no JSON is in it', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z`"{[ \n]{1,40}$/), places, (text, at) => {
      fc.pre(findJson(text).values.length === 0);
      const answer = answerOf(cut(text, at), { type: 'any' });
      // White space and fences around what looks like JSON are nothing.
      const bare = (said: string) => said.replace(/[\s`]/g, '');
      expect(bare(answer.text + answer.thought)).toBe(bare(text));
    }),
    runs,
  );
});

test('a text of nothing but brackets is no work', () => {
  const text = '[{'.repeat(200_000);
  expect(findJson(text)).toEqual({ values: [], prose: text });
  expect(findJson('```'.repeat(100_000)).values).toEqual([]);
});
