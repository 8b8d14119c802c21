import * as z from 'zod/v4';

const json = z.json();

/** One request to the agent or the rail, and its response. */
const requestSchema = z.object({
  type: z.literal('request'),
  of: z.enum(['agent', 'rail']),
  /** Milliseconds since 1970. */
  at: z.number(),
  method: z.string(),
  url: z.string(),
  body: z.string().optional(),
  status: z.number().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** The pieces of the response body, as they arrived. */
  chunks: z.array(z.string()),
  /** The response body broke off, or is not complete. */
  isCut: z.boolean().optional(),
  /** No response arrived: the error code of the runtime, if it has one. */
  failed: z.string().optional(),
});

const callSchema = z.object({
  type: z.literal('call'),
  mode: z.enum(['generate', 'stream']),
  modelId: z.string(),
  /** Prompt, response format and `providerOptions`. */
  params: z.record(z.string(), json),
});

const eventSchema = z.object({
  type: z.literal('event'),
  name: z.string(),
  receipt: z.record(z.string(), json),
});

const outcomeSchema = z.object({
  finishReason: z.string().optional(),
  error: z
    .object({ name: z.string(), code: z.string().exactOptional(), message: z.string() })
    .optional(),
});

const resultSchema = outcomeSchema.extend({ type: z.literal('result') });

const startSchema = z.object({
  type: z.literal('recording'),
  version: z.literal(1),
  /** The options of the settlement that JSON can hold. */
  settlement: z.record(z.string(), json),
});

/** A line of a recording. */
const recordingLineSchema = z.discriminatedUnion('type', [
  startSchema,
  callSchema,
  requestSchema,
  eventSchema,
  resultSchema,
]);

export type RecordingLine = z.output<typeof recordingLineSchema>;
export type RecordedRequest = z.output<typeof requestSchema>;
export type RecordedCall = z.output<typeof callSchema>;

/** A call, and what became of it. */
export type CallOutcome = z.output<typeof outcomeSchema> & {
  /** The receipt of its last event. */
  receipt?: Record<string, z.output<typeof json>> | undefined;
};

export interface Recording {
  settlement: Record<string, z.output<typeof json>>;
  calls: { call: RecordedCall; outcome: CallOutcome }[];
  requests: RecordedRequest[];
}

/** @throws If the text is not a recording. */
export function readRecording(text: string): Recording {
  const recording: Recording = { settlement: {}, calls: [], requests: [] };
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  for (const [index, line] of lines.entries()) {
    const parsed = recordingLineSchema.safeParse(parseLine(line));
    if (!parsed.success || (index === 0) !== (parsed.data.type === 'recording')) {
      throw new Error(`This is not a recording: line ${index + 1} cannot be read.`);
    }
    add(recording, parsed.data);
  }
  if (recording.calls.length === 0) throw new Error('The recording contains no call.');
  return recording;
}

function add(recording: Recording, line: RecordingLine): void {
  const outcome = recording.calls.at(-1)?.outcome;
  switch (line.type) {
    case 'recording':
      recording.settlement = line.settlement;
      return;
    case 'call':
      recording.calls.push({ call: line, outcome: {} });
      return;
    case 'request':
      recording.requests.push(line);
      return;
    case 'event':
      if (outcome !== undefined) outcome.receipt = line.receipt;
      return;
    case 'result': {
      const { type: _type, ...result } = line;
      Object.assign(outcome ?? {}, result);
    }
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
