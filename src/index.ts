export {
  A2AAgentCardError,
  A2AProtocolError,
  A2ATaskError,
} from './provider/a2a-error';
export type { A2ALanguageModelOptions } from './provider/a2a-language-model-options';
export {
  a2a,
  createA2A,
  type A2AAgentSettings,
  type A2AProvider,
  type A2AProviderSettings,
} from './provider/a2a-provider';
