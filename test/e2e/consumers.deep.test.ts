import { describe } from 'vitest';
import { isInstalled } from '../peers/installed-peers';
import { describeConsumers } from './describe-consumers';
import { installedRuntimes } from './runtimes/installed-runtimes';

for (const [name, start] of Object.entries(installedRuntimes)) {
  describe.skipIf(!isInstalled(name))('a runtime of its own', () => {
    describeConsumers(name, start);
  });
}
