import { describe, expect, it } from 'vitest';
import { checkFigures, figuresAsTheyMustBe } from '../../examples/demo/check-figures';
import type { DemoFigures } from '../../examples/demo/demo-figures';

const text = JSON.stringify(figuresAsTheyMustBe);

describe('checkFigures', () => {
  it('has nothing to say when all is as it must be', () => {
    expect(checkFigures(JSON.parse(text))).toEqual([]);
  });

  it('notices any number that is off by one', () => {
    const numbers = [...text.matchAll(/(?<=:)\d+/g)];
    expect(numbers.length).toBeGreaterThan(80);
    for (const { index, 0: number } of numbers) {
      expect(checkFigures(changed(index, number, `${Number(number) + 1}`))).not.toEqual([]);
    }
  });

  it('notices any state that is another', () => {
    const states = [...text.matchAll(/(?<=")(held|released|refunded|kept|unsettled)(?="[,}\]])/g)];
    expect(states.length).toBeGreaterThan(20);
    for (const { index, 0: state } of states) {
      expect(checkFigures(changed(index, state, 'unresolved'))).not.toEqual([]);
    }
  });

  it('says which figure is wrong', () => {
    const figures: DemoFigures = JSON.parse(text);
    figures.balances['you'] = { before: 1000, after: 966, held: 0 };
    expect(checkFigures(figures)).toEqual([
      'you, after: 966, must be 967',
      'all accounts: 999 tokens after, must be 1000 as before',
    ]);
  });

  it('notices what is missing, and what is too much', () => {
    const figures: DemoFigures = JSON.parse(text);
    figures.calls['call 4']?.receipts.pop();
    figures.escrows.push('held');
    expect(checkFigures(figures)).toEqual([
      'call 4, receipts, 2: missing, must be released',
      'escrows, 6: held, must be absent',
    ]);
  });
});

function changed(index: number, found: string, replacement: string): DemoFigures {
  return JSON.parse(text.slice(0, index) + replacement + text.slice(index + found.length));
}
