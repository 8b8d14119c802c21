/** What a real peer put on the wire: written by test/conformance/record-wire.deep.test.ts. */
export interface RecordedWire {
  peer: string;
  speaks: string;
  /** The whole text of the answer. */
  text: string;
  card: object;
  /** The body that answered a blocking message. */
  answer: string;
  /** The body that answered a streaming message. */
  stream: string;
  contentType: string;
  /** The body that answered a question about the task of the stream, when it was over. */
  task: string;
}
