import { generateText } from 'ai';
import { expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { startSdk1Peer } from '../peers/sdk-1-peer';

test('an agent that requires an extension gets it by the options of a call, and the error says so', async () => {
  const uri = 'https://extensions.example.com/v1';
  const peer = await startSdk1Peer({ extensions: [{ uri, required: true }] });
  try {
    const model = createA2A()(peer.url);
    await expect(generateText({ model, prompt: 'completes', maxRetries: 0 })).rejects.toMatchObject(
      {
        name: 'AI_A2AProtocolError',
        code: -32008,
        message: expect.stringMatching(
          /extensions\.example\.com.*`providerOptions\.a2a\.extensions`/,
        ),
      },
    );
    const providerOptions = { a2a: { extensions: [uri] } };
    const { text } = await generateText({ model, prompt: 'completes', providerOptions });
    expect(text).toBe('Hello, wörld 🌍!');
  } finally {
    await peer.close();
  }
});
