import { perform, type Job } from '../perform';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

/** The tests' entry inside workerd. */
export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method !== 'POST') return new Response();
    const job: Job = await request.json();
    return Response.json(await perform(job));
  },
};
