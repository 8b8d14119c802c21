import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { describe, expect, test } from 'vitest';
import { aSettlement } from './a-settlement';
import { promptAfter, ScriptedAgent } from './scripted-agent';

const prompt = promptAfter();

/** A settled agent whose streams are these. */
function streaming(change: (own: ReadableStream<LanguageModelV4StreamPart>) => unknown) {
  const agent = new ScriptedAgent();
  const doStream = agent.doStream.bind(agent);
  agent.doStream = async (call) => {
    const own = await doStream(call);
    const stream = change(own.stream);
    return Object.assign(own, { stream });
  };
  return aSettlement({ agent });
}

describe('a stream that cannot be read is refunded, and its caller has the error', () => {
  test.each([
    [
      'locked by another reader',
      (stream: ReadableStream) => {
        stream.getReader();
        return stream;
      },
    ],
    ['missing', () => undefined],
  ])('%s', async (_, change) => {
    const { model, names } = streaming(change);
    await expect(model.doStream({ prompt })).rejects.toBeInstanceOf(TypeError);
    expect(names()).toEqual(['held', 'refunded']);
  });
});

describe('an error that throws when it is read is refunded, and its caller has it', () => {
  const refuse = () => {
    throw new Error('Not readable.');
  };
  const error = new Proxy(new Error(), { get: refuse, getPrototypeOf: refuse, has: refuse });
  const failed = (): ReadableStream<LanguageModelV4StreamPart> =>
    new ReadableStream({ start: (controller) => controller.error(error) });

  test.each(['generate', 'stream'] as const)('thrown by a call of %s', async (mode) => {
    const { model, names } = aSettlement({ agent: new ScriptedAgent({ throws: error }) });
    const call = mode === 'generate' ? model.doGenerate({ prompt }) : model.doStream({ prompt });
    const thrown = await call.then(
      () => undefined,
      (reason: unknown) => ({ isSame: reason === error }),
    );
    expect(thrown).toEqual({ isSame: true });
    expect(names()).toEqual(['held', 'refunded']);
  });

  test('of a stream', async () => {
    const { model, names } = streaming(failed);
    const { stream } = await model.doStream({ prompt });
    const thrown = await stream
      .getReader()
      .read()
      .then(
        () => undefined,
        (reason: unknown) => ({ isSame: reason === error }),
      );
    expect(thrown).toEqual({ isSame: true });
    expect(names()).toEqual(['held', 'refunded']);
  });
});
