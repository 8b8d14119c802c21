// Makes ten paid calls on three rails of a local sandbox, and prints what happened to every token:
// `npm run demo`. Exits with 0 only if every figure has its expected value.
import { runDemo } from './demo/run-demo';
import { Screen } from './demo/screen';

// The screen already shows what the warnings say about the money.
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
