import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4Middleware,
  LanguageModelV4StreamResult,
  SharedV4Warning,
} from '@ai-sdk/provider';
import type { SettlementOptions } from '../options/settlement-options';
import { agentSettings, gatewayPrefix } from '../state/agent-settings';
import { isA2AModel } from '../state/is-a2a-model';
import { isSettledTwice, markAsSettled, settledBy, withWarning } from './settled-by';

/** Generations that are held for before they begin, and settled after they end. */
export interface SettledGenerations {
  generate(
    model: LanguageModelV4,
    params: LanguageModelV4CallOptions,
  ): Promise<LanguageModelV4GenerateResult>;
  stream(
    model: LanguageModelV4,
    params: LanguageModelV4CallOptions,
  ): Promise<LanguageModelV4StreamResult>;
}

/**
 * Settles the calls of agents, and passes other calls through unchanged. The code that settles is loaded by the
 * first settled call, all of it before anything is held.
 *
 * If no agent was called and none is listed, the first other call has a warning: its model may have been taken
 * for an agent.
 */
export function createMiddleware({
  load,
  options,
}: {
  load: () => Promise<SettledGenerations>;
  options: Pick<SettlementOptions, 'agents'>;
}): LanguageModelV4Middleware {
  const isSettled = (model: LanguageModelV4) =>
    isA2AModel(model) ||
    model.modelId.startsWith(gatewayPrefix) ||
    agentSettings(options.agents, model.modelId) !== undefined;

  // A settlement that lists agents, or has met one, is around other models on purpose: a registry's, for example.
  let isExpected = options.agents !== undefined;
  const noAgent = (model: LanguageModelV4): SharedV4Warning | undefined => {
    if (isExpected) return undefined;
    isExpected = true;
    return {
      type: 'other',
      message: `Model "${model.modelId}" is not an A2A agent, so it is not paid. Wrap \`a2a('https://…')\`, or list it: agents: { "${model.modelId}": { accountId } }. \`agents: {}\` switches this warning off.`,
    };
  };

  return {
    specificationVersion: 'v4',

    overrideSupportedUrls: ({ model }) =>
      isSettled(model) ? markAsSettled(model, load) : model.supportedUrls,

    async wrapGenerate({ doGenerate, model, params }) {
      if (!isSettled(model)) {
        const warning = noAgent(model);
        const result = await doGenerate();
        return warning ? { ...result, warnings: [...result.warnings, warning] } : result;
      }
      isExpected = true;
      const inner = await settledBy(model, params);
      if (inner === undefined) return (await load()).generate(model, params);
      const result = await doGenerate();
      if (inner === load) return result;
      return { ...result, warnings: [...result.warnings, isSettledTwice] };
    },

    async wrapStream({ doStream, model, params }) {
      if (!isSettled(model)) {
        const warning = noAgent(model);
        const result = await doStream();
        return warning ? withWarning(result, warning) : result;
      }
      isExpected = true;
      const inner = await settledBy(model, params);
      if (inner === undefined) return (await load()).stream(model, params);
      const result = await doStream();
      return inner === load ? result : withWarning(result, isSettledTwice);
    },
  };
}
