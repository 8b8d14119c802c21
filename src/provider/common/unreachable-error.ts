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
