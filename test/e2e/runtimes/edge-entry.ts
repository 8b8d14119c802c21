import { perform, type Job } from '../perform';

/** The tests' entry inside the edge runtime's sandbox. */
Object.assign(globalThis, {
  AI_SDK_LOG_WARNINGS: false,
  performJob: async (job: string) => {
    const parsed: Job = JSON.parse(job);
    return JSON.stringify(await perform(parsed));
  },
});
