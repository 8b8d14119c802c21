import { onTestFinished } from 'vitest';
import { runCli } from '../../../src/cli/run-cli';

/** Runs the command until the test is over, and returns the URL that it printed. */
export async function openDashboard(
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  const { promise: printed, resolve: print, reject } = Promise.withResolvers<string>();
  let stderr = '';
  const code = runCli(['dashboard', '--json', ...args], {
    env,
    stdout: { write: (text) => print(text) },
    stderr: { write: (text) => (stderr += text) },
    untilStopped: () => stopped,
  });
  void code.then((failed) => reject(new Error(`exit code ${failed}: ${stderr}`)));
  const { url } = JSON.parse(await printed) as { url: string };
  onTestFinished(async () => {
    stop();
    await code;
  });
  return url;
}
