// Ten paid calls on three rails of a sandbox on this machine, and where every token went: `npm run demo`.
// Exits with 0 only if every figure is as it must be.
import { runDemo } from './demo/run-demo';
import { Screen } from './demo/screen';

// What a warning says of the money is on the screen already.
globalThis.AI_SDK_LOG_WARNINGS = false;

const screen = new Screen({
  write: (text) => process.stdout.write(text),
  colors: process.stdout.isTTY === true && !process.env.NO_COLOR,
});
try {
  process.exitCode = (await runDemo({ screen })) ? 0 : 1;
} catch (error) {
  screen.verdict(false, `The demo stopped: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
