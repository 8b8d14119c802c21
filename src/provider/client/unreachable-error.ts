import { A2AProtocolError } from './a2a-error';

/** No answer came at all: the agent is gone, or is being started anew. */
export class UnreachableError extends A2AProtocolError {
  /** What the runtime calls it, `ECONNREFUSED` for one. */
  readonly networkCode: string | undefined;

  constructor({
    networkCode,
    ...facts
  }: ConstructorParameters<typeof A2AProtocolError>[0] & { networkCode: string | undefined }) {
    super(facts);
    this.networkCode = networkCode;
  }
}

/**
 * An error of a message that was sent a second time. The agent has seen the first, and answered it: no
 * connection may have come about the second time, and the agent may have worked all the same.
 */
export function afterAnswer(error: unknown): unknown {
  return error instanceof UnreachableError && error.isRetryable
    ? Object.assign(error, { isRetryable: false })
    : error;
}
