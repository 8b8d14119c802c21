import { afterAll, vi } from 'vitest';

// What is waited for may take a while on a busy machine. Without this: one second.
const { waitFor } = vi;
vi.waitFor = (callback, options = 60_000) => waitFor(callback, options);
// The next file in the process wraps it again.
afterAll(() => {
  vi.waitFor = waitFor;
});
