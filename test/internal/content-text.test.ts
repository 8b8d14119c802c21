import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import { expect, test } from 'vitest';
import { AnswerText, requestText } from '../../src/internal/content-text';

test('a request is the text after the last answer, without URLs and options', () => {
  const data = { type: 'url' as const, url: new URL('https://files.example.com/?key=secret') };
  const prompt: LanguageModelV4Prompt = [
    { role: 'system', content: 'Older' },
    { role: 'assistant', content: [{ type: 'text', text: 'Older' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'A question', providerOptions: { a2a: { token: 'secret' } } },
        { type: 'file', data, mediaType: 'image/png' },
      ],
      providerOptions: { a2a: { token: 'secret' } },
    },
  ];
  expect(requestText(prompt)).toBe('A question\n[image/png]');
  expect(requestText(prompt.slice(0, 1))).toBe('Older');
  expect(requestText([])).toBe('');
});

test('an answer is its text and data, without metadata', () => {
  const answer = new AnswerText();
  const secret = { a2a: { metadata: { token: 'secret' } } };
  answer.add({ type: 'text-delta', id: '1', delta: 'Hel', providerMetadata: secret });
  answer.add({ type: 'text-delta', id: '1', delta: 'lo' });
  answer.add({ type: 'reasoning-delta', id: '2', delta: 'Working' });
  answer.add({
    type: 'custom',
    kind: 'a2a.data',
    providerMetadata: { a2a: { data: { city: 'Rome' }, token: 'secret' } },
  });
  answer.add({ type: 'custom', kind: 'settlement.receipt', providerMetadata: secret });
  expect(answer.value).toBe('Hello\n{"city":"Rome"}');
});

test.each([8191, 8192, 8193, 20_000])('%d characters in pieces', (length) => {
  const answer = new AnswerText();
  const text = 'a'.repeat(length);
  for (let at = 0; at < length; at += 512) {
    answer.add({ type: 'text-delta', id: '1', delta: text.slice(at, at + 512) });
  }
  expect(answer.value).toBe(length > 8192 ? `${'a'.repeat(8191)}…` : text);
});
