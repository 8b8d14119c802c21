import { AISDKError } from '@ai-sdk/provider';

/**
 * Loads once what only some calls need. A load that failed is tried again by the next call.
 *
 * Nothing that a settlement needs is loaded between a hold and its settlement: what may be needed then
 * is loaded before the hold is made.
 *
 * @param what the part that is loaded, for the error.
 */
export function onDemand<T>(what: string, load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load().catch((cause: unknown) => {
      loading = undefined;
      throw AISDKError.isInstance(cause) ? cause : notLoaded(what, cause);
    });
    return loading;
  };
}

function notLoaded(what: string, cause: unknown): AISDKError {
  return new AISDKError({
    name: 'AI_A2ANotLoadedError',
    message: `The code for ${what} could not be loaded. Deploy all files of the build, those of earlier deployments too as long as pages of theirs are open.`,
    cause,
  });
}
