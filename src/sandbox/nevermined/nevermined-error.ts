/** A refusal, in the shape that the backend's clients read. */
export class NeverminedError extends Error {
  constructor(
    readonly status: 400 | 401 | 402 | 403 | 404 | 409,
    /**
     * Nevermined's codes are `BCK.X402.0005` (forged) and `BCK.X402.0059` (used); the others are the sandbox's
     * own.
     */
    readonly code: string,
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }

  toJSON() {
    const { code, message, status: httpStatus, hint } = this;
    return { code, message, httpStatus, ...(hint !== undefined && { hint }) };
  }
}
