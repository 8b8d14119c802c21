// What the servers in the folders beside this file share: a model's words, READY out, the end.

/** Settings of the one who started it: `behaviours` (behaviours.ts), and what a server reads besides. */
export const settings = JSON.parse(process.argv[2] ?? '{}');

/**
 * Pieces of what a model says, chosen by the last of the texts that it was shown. `files` are media types
 * and sizes of what came with it.
 */
export async function* scriptedAnswer(texts, files = []) {
  const asked = texts.at(-1)?.trim() ?? '';
  if (asked === 'fails') throw new Error('The oven is cold.');
  const pieces =
    asked === 'completes'
      ? ['Hello, ', 'wörld ', '🌍!']
      : asked === 'recall'
        ? ['I heard: ', texts.map((text) => text.trim()).join(' | ')]
        : asked === 'files'
          ? [files.map(({ size, type }) => `${type} ${size} bytes`).join(', ') || 'no files']
          : asked === 'slow'
            ? ['one ', 'two ', 'three']
            : asked === 'hangs'
              ? ['Half of ', undefined]
              : [`You said ${asked}.`];
  for (const [index, piece] of pieces.entries()) {
    // One event before the next, as a model at work would.
    if (index > 0) await sleep(asked === 'slow' ? 300 : 20);
    if (piece === undefined) await sleep(3_600_000);
    else yield piece;
  }
}

/** Says where it listens, and ends when whoever started it does. */
export function ready(url) {
  process.stdin.on('end', () => process.exit(0)).resume();
  process.on('SIGTERM', () => process.exit(0));
  console.log(`READY ${url}`);
}

/** A port of this machine that nobody uses. */
export async function freePort() {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
