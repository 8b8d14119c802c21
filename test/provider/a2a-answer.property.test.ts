import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { A2AAnswer } from '../../src/provider/answer/a2a-answer';
import { collectContent } from '../../src/provider/answer/collect-content';
import type { A2AEvent, A2APart } from '../../src/provider/client/a2a-event';

/** One step of an agent's work on a set of artifacts. */
type Step =
  | { artifact: number; chunk: string }
  /** The whole task as it stands, or as it stood some steps ago. */
  | { snapshot: number }
  /** The artifact once more, as a whole. */
  | { repeat: number }
  | { file: number }
  | { progress: string };

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  // Repetitive text is where a comparison of beginnings and endings goes wrong.
  fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 }),
);
const artifactIndex = fc.nat({ max: 2 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ artifact: artifactIndex, chunk: anyText }) },
    { weight: 2, arbitrary: fc.record({ snapshot: fc.nat({ max: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ repeat: artifactIndex }) },
    { weight: 1, arbitrary: fc.record({ file: artifactIndex }) },
    { weight: 1, arbitrary: fc.record({ progress: anyText }) },
  ),
  { maxLength: 30 },
);

/** What an agent sends that takes these steps, and what it has then said. */
function play(taken: Step[]) {
  const parts: A2APart[][] = [[], [], []];
  const past: A2AEvent[] = [];
  const events: A2AEvent[] = [];
  for (const step of taken) {
    if ('snapshot' in step) {
      const stood = past.at(-1 - step.snapshot) ?? task(parts, 'working');
      events.push(stood);
    } else if ('repeat' in step) {
      const known = parts[step.repeat] ?? [];
      if (known.length > 0) events.push(update(step.repeat, known, false));
    } else if ('progress' in step) {
      events.push(status('working', step.progress));
    } else {
      const index = 'file' in step ? step.file : step.artifact;
      const part = 'file' in step ? filePart(`${events.length}`) : textPart(step.chunk);
      const known = parts[index] ?? [];
      events.push(update(index, [part], known.length > 0));
      known.push(part);
    }
    past.push(task(parts, 'working'));
  }
  return { parts, events, last: task(parts, 'completed') };
}

describe('whatever the chunks and the snapshots between them', () => {
  test.each([
    ['ended by a snapshot', true],
    ['ended by a status', false],
  ])('each artifact comes out exactly once, %s', (_, bySnapshot) => {
    fc.assert(
      fc.property(steps, (taken) => {
        const { parts, events, last } = play(taken);
        const answer = newAnswer();
        const out = events.flatMap((event) => answer.accept(event));
        out.push(...answer.accept(bySnapshot ? last : status('completed')), ...answer.finish());
        expectWhole(out, parts);
      }),
      { numRuns: 400 },
    );
  });

  test('the same after a cut anywhere, followed by a snapshot', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (taken, at) => {
        const { parts, events, last } = play(taken);
        const answer = newAnswer();
        const out = events
          .slice(0, at % (events.length + 1))
          .flatMap((event) => answer.accept(event));
        out.push(...answer.accept(last), ...answer.finish());
        expectWhole(out, parts);
      }),
      { numRuns: 400 },
    );
  });
});

function expectWhole(out: LanguageModelV4StreamPart[], parts: A2APart[][]): void {
  expectWellFormed(out);
  const [texts, files, reasoning] = textAndFiles(out);
  const told = parts.map(textOf).filter((said) => said !== '');
  // An agent that says nothing else has answered in its statuses.
  const answers = told.length > 0 || files.length > 0 ? told : reasoning;
  // Blocks stand in the order in which they began.
  expect([...texts].sort()).toEqual(answers.sort());
  const sent = parts.flat().flatMap((part) => (part.type === 'url' ? part.url : []));
  expect([...files].sort()).toEqual(sent.sort());
}

/** Every block starts before and ends after its deltas, once. */
function expectWellFormed(out: LanguageModelV4StreamPart[]): void {
  const open = new Set<string>();
  const known = new Set<string>();
  for (const part of out) {
    if (part.type === 'text-start' || part.type === 'reasoning-start') {
      expect(known).not.toContain(part.id);
      known.add(part.id);
      open.add(part.id);
    } else if (part.type === 'text-delta' || part.type === 'reasoning-delta') {
      expect(open).toContain(part.id);
      expect(part.delta).not.toBe('');
    } else if (part.type === 'text-end' || part.type === 'reasoning-end') {
      expect(open.delete(part.id)).toBe(true);
    }
  }
  expect(open.size).toBe(0);
}

function textAndFiles(out: LanguageModelV4StreamPart[]): [string[], string[], string[]] {
  const content = collectContent(out);
  const thought = content.map((part) => (part.type === 'reasoning' ? part.text : '')).join('');
  return [
    content.flatMap((part) => (part.type === 'text' ? part.text : [])),
    content.flatMap((part) =>
      part.type === 'source' && part.sourceType === 'url' ? part.url : [],
    ),
    thought === '' ? [] : [thought],
  ];
}

function newAnswer(): A2AAnswer {
  return new A2AAnswer({ agent: 'a' });
}

const ids = { taskId: 't', contextId: 'c', metadata: undefined, raw: undefined };

function task(parts: A2APart[][], state: string): A2AEvent {
  return {
    type: 'task',
    task: {
      id: 't',
      contextId: 'c',
      status: { state, message: undefined, timestamp: undefined },
      artifacts: parts.flatMap((known, index) => (known.length > 0 ? artifact(index, known) : [])),
      history: [],
      metadata: undefined,
    },
    raw: undefined,
  };
}

function update(index: number, parts: A2APart[], append: boolean): A2AEvent {
  return { ...ids, type: 'artifact', artifact: artifact(index, parts), append };
}

function status(state: string, text?: string): A2AEvent {
  const said = { messageId: 'm', contextId: 'c', taskId: 't', metadata: undefined, extensions: [] };
  const message =
    text === undefined ? undefined : { ...said, role: 'agent' as const, parts: [textPart(text)] };
  return { ...ids, type: 'status', status: { state, message, timestamp: undefined } };
}

function artifact(index: number, parts: A2APart[]) {
  return { artifactId: `a-${index}`, parts: [...parts], metadata: undefined };
}

function textPart(text: string): A2APart {
  return { type: 'text', text };
}

function filePart(name: string): A2APart {
  return { type: 'url', url: `https://files.example.com/${name}` };
}

function textOf(parts: A2APart[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
