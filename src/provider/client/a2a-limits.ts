/** How much of an answer is taken in. What goes beyond ends the call with an `A2AProtocolError`. */
export interface A2ALimits {
  /**
   * Bytes of one event of a stream, or of an answer that is no stream. It is also the most that is
   * held of an answer that cannot be read yet. Default: 33554432 (32 MiB). `Infinity`: any.
   */
  maxEventBytes?: number | undefined;
  /** Bytes of one whole stream, comments included. Default: 268435456 (256 MiB). `Infinity`: any. */
  maxAnswerBytes?: number | undefined;
}

export const defaultMaxEventBytes = 32 * 1024 * 1024;
export const defaultMaxAnswerBytes = 256 * 1024 * 1024;

/** Of an error's body: what is longer is no error message. */
export const maxErrorBytes = 64 * 1024;

/** How deep an answer's JSON may nest: what walks it would run out of stack far beyond. */
export const maxNesting = 128;
