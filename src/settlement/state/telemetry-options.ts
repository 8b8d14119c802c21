/** What OpenTelemetry gets to see, in applications that have configured it. */
export interface TelemetryOptions {
  /**
   * The names of the labels that are attributes of metrics. Each value is a time series of its own: list teams
   * rather than users. Spans have all labels. Default: none.
   */
  labels?: string[];
  /**
   * Whether the span `settlement.send` contains the request, as `a2a.input`: the text of the messages after the
   * last answer, at most 8192 characters. Of files only the media type. Default: `false`.
   */
  recordInputs?: boolean;
  /**
   * Whether the span `settlement.send` contains the answer, as `a2a.output`: its text and data, as far as they
   * arrived, at most 8192 characters. Of files only the media type. Default: `false`.
   */
  recordOutputs?: boolean;
}
