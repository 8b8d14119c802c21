import { afterEach, expect, test, vi } from 'vitest';
import { newTaskId, timeOfTaskId } from '../../src/settlement/state/task-id';

afterEach(() => void vi.useRealTimers());

test('a task id is a UUID of version 7 that says when it was made', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_793_000_123_456 });
  const taskId = newTaskId();
  expect(taskId).toMatch(
    /^aisdk-[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(timeOfTaskId(taskId)).toBe(1_793_000_123_456);
});

test('no two are the same within a millisecond', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_793_000_123_456 });
  expect(new Set(Array.from({ length: 10_000 }, newTaskId)).size).toBe(10_000);
});

test.each([
  ['aisdk-3f2b8a51-1c1e-4b6f-9b7e-0d5f8a3c2e11'],
  ['0192a3b4-c5d6-7e8f-9b7e-0d5f8a3c2e11'],
  ['aisdk-zzzzzzzz-zzzz-7e8f-9b7e-0d5f8a3c2e11'],
  ['aisdk-0192a3b4c5d6-7e8f'],
  ['aisdk-1'],
  [''],
])('%j says nothing of a time', (taskId) => {
  expect(timeOfTaskId(taskId)).toBeUndefined();
});
