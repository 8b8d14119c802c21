import { InvalidArgumentError } from '@ai-sdk/provider';

/**
 * Lets what is given as middleware by mistake say what to write. The AI SDK would find no hook on it,
 * and call the model unpaid.
 */
export function refuseAsMiddleware<VALUE extends object>(value: VALUE, message: string): VALUE {
  for (const hook of ['transformParams', 'wrapGenerate', 'wrapStream']) {
    Object.defineProperty(value, hook, {
      get() {
        throw new InvalidArgumentError({ argument: 'middleware', message });
      },
    });
  }
  return value;
}
