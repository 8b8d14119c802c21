/** Maximum response sizes. A larger response ends the call with an `A2AProtocolError`. */
export interface A2ALimits {
  /**
   * Bytes of one event of a stream, or of a response that is not a stream. It is also the maximum buffer for an
   * incomplete event. Default: 33554432 (32 MiB). `Infinity`: unlimited.
   */
  maxEventBytes?: number | undefined;
  /** Bytes of one whole stream, including comments. Default: 268435456 (256 MiB). `Infinity`: unlimited. */
  maxAnswerBytes?: number | undefined;
}

export const defaultMaxEventBytes = 32 * 1024 * 1024;
export const defaultMaxAnswerBytes = 256 * 1024 * 1024;

/** The maximum size of an error's body in bytes: a longer body is not read as an error message. */
export const maxErrorBytes = 64 * 1024;

/** The maximum nesting of a response's JSON: recursive code would overflow the stack far beyond it. */
export const maxNesting = 128;
