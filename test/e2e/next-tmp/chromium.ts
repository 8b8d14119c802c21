import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const path = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** Why nothing can be tested in a browser on this machine, if so. */
export const noChromium: string | undefined = existsSync(path)
  ? undefined
  : `no Chromium at ${path}. Install it (apt-get install chromium), or set CHROMIUM_PATH.`;

/** Launches Chromium with a profile of its own, which goes when it is closed. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
