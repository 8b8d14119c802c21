#!/usr/bin/env node
import { complaintAboutNode } from './node-version';

const complaint = complaintAboutNode(process.versions.node);
if (complaint === undefined) {
  // The reader of a pipe may have enough: `a2a-settlement replay FILE | head`.
  process.stdout.on('error', (error) => {
    if (!('code' in error) || error.code !== 'EPIPE') throw error;
    process.exit();
  });
  // Loaded only now: an old Node cannot load it.
  const { runCli } = await import('./run-cli');
  process.exitCode = await runCli(process.argv.slice(2), {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    untilStopped: () =>
      new Promise((resolve) => {
        process.once('SIGINT', () => resolve());
        process.once('SIGTERM', () => resolve());
      }),
  });
} else {
  process.stderr.write(complaint);
  process.exitCode = 1;
}
