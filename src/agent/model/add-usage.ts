import type { JSONObject } from '@ai-sdk/provider';
import type { LanguageModelUsage } from 'ai';

/** Adds the usage of two parts of one turn. A count that is undefined in both stays undefined. */
export function addUsage(
  first: LanguageModelUsage | undefined,
  second: LanguageModelUsage | undefined,
): LanguageModelUsage | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  const [cached, alsoCached] = [first.inputTokenDetails, second.inputTokenDetails];
  const [made, alsoMade] = [first.outputTokenDetails, second.outputTokenDetails];
  return {
    inputTokens: sum(first.inputTokens, second.inputTokens),
    inputTokenDetails: {
      noCacheTokens: sum(cached?.noCacheTokens, alsoCached?.noCacheTokens),
      cacheReadTokens: sum(cached?.cacheReadTokens, alsoCached?.cacheReadTokens),
      cacheWriteTokens: sum(cached?.cacheWriteTokens, alsoCached?.cacheWriteTokens),
    },
    outputTokens: sum(first.outputTokens, second.outputTokens),
    outputTokenDetails: {
      textTokens: sum(made?.textTokens, alsoMade?.textTokens),
      reasoningTokens: sum(made?.reasoningTokens, alsoMade?.reasoningTokens),
    },
    totalTokens: sum(first.totalTokens, second.totalTokens),
  };
}

/** The usage as sent to clients: only the counts, with the names of the AI SDK. */
export function reportedUsage(usage: LanguageModelUsage): JSONObject {
  const { inputTokenDetails, inputTokens, outputTokenDetails, outputTokens, totalTokens } = usage;
  return {
    ...known({ inputTokens, outputTokens, totalTokens }),
    ...known({
      cachedInputTokens: inputTokenDetails?.cacheReadTokens,
      reasoningTokens: outputTokenDetails?.reasoningTokens,
    }),
  };
}

function known(counts: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).flatMap(([name, count]) => (count === undefined ? [] : [[name, count]])),
  );
}

function sum(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined ? second : first + (second ?? 0);
}
