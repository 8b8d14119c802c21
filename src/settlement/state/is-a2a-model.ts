import { InvalidArgumentError, type LanguageModelV4 } from '@ai-sdk/provider';

/** @throws InvalidArgumentError for a provider in place of a model, which JavaScript allows. */
export function isA2AModel({ provider }: LanguageModelV4): boolean {
  if (typeof provider !== 'string') {
    throw new InvalidArgumentError({
      argument: 'model',
      message: "`a2a` was passed as a model without being called. Write `model: a2a('https://…')`.",
    });
  }
  return provider === 'a2a' || provider.startsWith('a2a.');
}
