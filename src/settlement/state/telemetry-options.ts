/** What OpenTelemetry gets to see, in applications that have configured it. */
export interface TelemetryOptions {
  /**
   * The names of the labels that are attributes of metrics. Each value is a time series of its own: list teams
   * rather than users. Spans have all labels. Default: none.
   */
  labels?: string[];
}
