import type { LanguageModelV4CallOptions, SharedV4Warning } from '@ai-sdk/provider';

/** A2A messages have no fields for these settings. */
const unsupported = [
  'temperature',
  'topP',
  'topK',
  'maxOutputTokens',
  'stopSequences',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
  'toolChoice',
] as const satisfies (keyof LanguageModelV4CallOptions)[];

export function getUnsupportedWarnings(options: LanguageModelV4CallOptions): SharedV4Warning[] {
  const warnings: SharedV4Warning[] = unsupported
    .filter((feature) => isSet(options[feature]))
    .map((feature) => ({ type: 'unsupported', feature }));
  if (options.tools !== undefined && options.tools.length > 0) {
    warnings.push({
      type: 'unsupported',
      feature: 'tools',
      details: 'An A2A agent brings its own tools.',
    });
  }
  if (options.reasoning !== undefined && options.reasoning !== 'provider-default') {
    warnings.push({ type: 'unsupported', feature: 'reasoning' });
  }
  if (options.responseFormat?.type === 'json' && options.responseFormat.schema !== undefined) {
    warnings.push({
      type: 'compatibility',
      feature: 'responseFormat',
      details:
        'The agent is asked for JSON, but A2A has no place for the schema. The answer is validated when it arrives.',
    });
  }
  return warnings;
}

function isSet(value: unknown): boolean {
  // The AI SDK sends `toolChoice: auto` with every list of tools, which has its own warning.
  return value !== undefined && !isAuto(value) && !(Array.isArray(value) && value.length === 0);
}

function isAuto(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'auto';
}
