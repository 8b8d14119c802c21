import { A2AProtocolError } from './a2a-error';

/** No response at all: the agent is unreachable, or is restarting. */
export class UnreachableError extends A2AProtocolError {
  /** The error code of the runtime, for example `ECONNREFUSED`. */
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
 * The error of a message that was sent a second time. The agent received the first one, and responded: it may
 * have worked although the second connection failed.
 */
export function afterAnswer(error: unknown): unknown {
  return error instanceof UnreachableError && error.isRetryable
    ? Object.assign(error, { isRetryable: false })
    : error;
}
