import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Waits for an answer, and is cleared with it. */
const withAnswer = 'Cleared when what it waits for is there.';
/** The runtime holds it weakly, and it keeps no process alive. */
const weak = 'A deadline of real traffic, which the runtime keeps no process alive for.';
/** Keeps a process alive: nothing else stands between this and the next step. */
const nextStep = 'The call goes on after it; ends with the signal of the call.';

/** Every timer of the package, and why it neither outlives its request nor keeps a process alive. */
const reviewed: Record<string, string> = {
  'src/agent/address-policy.ts: setTimeout': withAnswer,
  'src/agent/live-task-store.ts: setTimeout':
    'Stands between pieces and the store that they are written to: a second at most.',
  'src/agent/payment/watch-work.ts: setInterval': 'Ends with the work, which keeps the process.',
  'src/agent/push-notification-sender.ts: AbortSignal.timeout': weak,
  'src/agent/push-notification-sender.ts: setTimeout': 'Stands between a task’s end and its payer.',
  'src/provider/agent/auth-tokens.ts: AbortSignal.timeout': weak,
  'src/provider/agent/client-agent.ts: AbortSignal.timeout': weak,
  'src/provider/agent/fetch-agent-card.ts: AbortSignal.timeout': weak,
  'src/provider/agent/fetch-extended-card.ts: AbortSignal.timeout': weak,
  'src/provider/client/a2a-timeouts.ts: setTimeout':
    'Stopped with its call; ends by itself where a response is not read on; unref.',
  'src/provider/agent/a2a-agent.ts: AbortSignal.timeout': weak,
  'src/provider/litellm/litellm-fetch.ts: delay': nextStep,
  'src/provider/litellm/litellm-health.ts: AbortSignal.timeout': weak,
  'src/provider/task/cancel-task.ts: AbortSignal.timeout': weak,
  'src/provider/task/find-begun-task.ts: AbortSignal.timeout': weak,
  'src/provider/task/follow-up-task.ts: delay': nextStep,
  'src/provider/task/resubscribe-task.ts: delay': nextStep,
  'src/cli/dashboard/page-script.ts: setTimeout':
    'Runs in the browser, as long as the page is open.',
  'src/internal/with-deadline.ts: setTimeout': withAnswer,
  'src/rails/x402/ledger.ts: AbortSignal.timeout': weak,
  'src/rails/x402/ledgers.ts: AbortSignal.timeout': weak,
  'src/rails/x402/await-chain.ts: delay': 'Part of a release: two seconds at most.',
  'src/rails/x402/escrow-relay.ts: AbortSignal.timeout': weak,
  'src/sandbox/agents/demo-turn.ts: delay': nextStep,
  'src/internal/after-abort.ts: setTimeout':
    'Begins with an abort, ends with the call; a hold waits for it.',
  'src/settlement/state/backoff.ts: delay':
    'Stands between a hold and its release: keeps the process.',
  'src/internal/with-timeout.ts: setTimeout':
    'Cleared when what it waits for is there. Stands between a hold and its release where a journal or a check never answers: keeps the process.',
  'src/settlement/recovery/handle-push-notification.ts: delay': 'Part of the answer to a request.',
  'src/settlement/hold/parked-holds.ts: delay':
    'Stands between a hold that nobody needs and its refund: keeps the process for five seconds.',
  'src/settlement/hold/obtain-hold.ts: delay': 'Stands between a lost hold and its look-up.',
  'src/settlement/hold/task-turns.ts: setInterval': 'Ends with its turn; unref.',
  'src/settlement/plan/reservations.ts: delay': 'The call goes on after it; five seconds at most.',
  'src/settlement/settle/drain-stream.ts: setTimeout': withAnswer,
  'src/settlement/outcome/query-task.ts: AbortSignal.timeout': weak,
};

it('has no timer that was not reviewed', () => {
  const timers = /(?<![.\w])(?:setTimeout|setInterval|delay)(?=\()|AbortSignal\.timeout(?=\()/g;
  const found = globSync('src/**/*.ts', { cwd: repository }).flatMap((path) =>
    [...readFileSync(join(repository, path), 'utf8').matchAll(timers)]
      .filter(({ index, input }) => !/^\s*(?:\/\/|\*)/.test(lineAt(input, index)))
      .map(([name]) => `${path}: ${name}`),
  );
  expect([...new Set(found)].sort()).toEqual(Object.keys(reviewed).sort());
});

function lineAt(text: string, index: number): string {
  return text.slice(text.lastIndexOf('\n', index) + 1, text.indexOf('\n', index));
}
