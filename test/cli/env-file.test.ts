import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readVariables, withVariables } from '../../src/cli/env-file';

const name = fc.constantFrom('A', 'A2A_EXCHANGE_URL', 'A2A_PAYER_API_KEY', 'OTHER');
const value = fc.constantFrom('', '1', '"a b"', "'c'", 'x # comment', 'https://h/?a=b');
const line = fc.oneof(
  fc.constantFrom('', '# A=1', '   ', '#A2A_EXCHANGE_URL=old'),
  fc.tuple(fc.constantFrom('', 'export ', '  '), name, value).map(([a, b, c]) => `${a}${b}=${c}`),
);

it('sets variables, and leaves everything else as it is', () => {
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), (lines, newline) => {
      const text = lines.join(newline);
      const written = withVariables(
        { path: '.env', text, values: readVariables(text) },
        { A2A_EXCHANGE_URL: 'http://127.0.0.1:1' },
      );
      const { A2A_EXCHANGE_URL: url, ...others } = readVariables(written);
      const { A2A_EXCHANGE_URL: _, ...before } = readVariables(text);
      expect(url).toBe('http://127.0.0.1:1');
      expect(others).toEqual(before);
      expect(written.split(/\r?\n/)).toEqual(
        expect.arrayContaining(lines.filter((each) => !/^\s*(?:export )?A2A_E/.test(each))),
      );
    }),
  );
});

it('does not write what cannot be changed line by line', () => {
  const text = 'NOTE="two\nA2A_EXCHANGE_URL=lines"\n';
  const file = { path: '.env', text, values: readVariables(text) };
  expect(() => withVariables(file, { A2A_EXCHANGE_URL: 'x' })).toThrow(
    '.env cannot be changed: write the variables into another file.',
  );
});
