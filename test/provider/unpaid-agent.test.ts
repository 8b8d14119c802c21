import { generateText, streamText } from 'ai';
import { expect, it } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { createSandbox } from '../../src/sandbox';

const sandbox = createSandbox({ required: true });
const a2a = createA2A({ fetch: sandbox.fetch });

it('says of an agent that must be paid how to wrap it', async () => {
  const { url } = sandbox.agents.streamer;
  const message = `The agent "${url}" responded with an error: Client must declare support for required extensions: https://a2a-settlement.org/extensions/settlement/v1 (the agent must be paid: wrap it with settlementMiddleware(), or with the middleware of a createSettlement({ rails }) that has its rail)`;
  await expect(
    generateText({ model: a2a(url), prompt: 'Hi', maxRetries: 0 }),
  ).rejects.toMatchObject({ name: 'AI_A2AProtocolError', message });

  const errors: unknown[] = [];
  const onError = ({ error }: { error: unknown }) => void errors.push(error);
  await streamText({ model: a2a(url), prompt: 'Hi', maxRetries: 0, onError }).consumeStream();
  expect(errors).toMatchObject([{ message }]);
});

it('says it of an agent that is paid by x402', async () => {
  await expect(
    generateText({ model: a2a(sandbox.x402.agentUrl), prompt: 'Hi', maxRetries: 0 }),
  ).rejects.toMatchObject({
    message: expect.stringContaining(
      'v0.2 (the agent must be paid: wrap it with settlementMiddleware(), or with the middleware of a createSettlement({ rails })',
    ),
  });
});
