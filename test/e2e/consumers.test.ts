import { describeConsumers } from './describe-consumers';
import { runtimes } from './runtimes/runtimes';

for (const [name, start] of Object.entries(runtimes)) describeConsumers(name, start);
