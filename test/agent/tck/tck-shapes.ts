import * as z from 'zod/v4';

// The data model of A2A 1.0, section 4, as strict as it is written: no other name, no other spelling.

const metadata = z.record(z.string(), z.unknown()).optional();

const partMembers = {
  mediaType: z.string().optional(),
  filename: z.string().optional(),
  metadata,
};
/** Exactly one content (DM-PART-001). */
const part = z.union([
  z.strictObject({ text: z.string(), ...partMembers }),
  z.strictObject({ raw: z.base64(), ...partMembers }),
  z.strictObject({ url: z.url(), ...partMembers }),
  z.strictObject({ data: z.unknown().refine((data) => data !== undefined), ...partMembers }),
]);

const message = z.strictObject({
  messageId: z.string().min(1),
  role: z.enum(['ROLE_USER', 'ROLE_AGENT']),
  parts: z.array(part).min(1),
  contextId: z.string().optional(),
  taskId: z.string().optional(),
  metadata,
  extensions: z.array(z.string()).optional(),
  referenceTaskIds: z.array(z.string()).optional(),
});

const artifact = z.strictObject({
  artifactId: z.string().min(1),
  parts: z.array(part).min(1),
  name: z.string().optional(),
  description: z.string().optional(),
  metadata,
  extensions: z.array(z.string()).optional(),
});

const state = z.enum([
  'TASK_STATE_SUBMITTED',
  'TASK_STATE_WORKING',
  'TASK_STATE_COMPLETED',
  'TASK_STATE_FAILED',
  'TASK_STATE_CANCELED',
  'TASK_STATE_INPUT_REQUIRED',
  'TASK_STATE_REJECTED',
  'TASK_STATE_AUTH_REQUIRED',
]);

const status = z.strictObject({
  state,
  // ISO 8601 in UTC (DM-SERIAL-003).
  timestamp: z.iso.datetime().optional(),
  message: message.optional(),
});

export const task = z.strictObject({
  id: z.string().min(1),
  contextId: z.string().min(1),
  status,
  artifacts: z.array(artifact).optional(),
  history: z.array(message).optional(),
  metadata,
});

export const answeredTask = z.strictObject({ task }).transform((answer) => answer.task);
export const answeredMessage = z.strictObject({ message }).transform((answer) => answer.message);
export const listedTasks = z.strictObject({
  tasks: z.array(task),
  nextPageToken: z.string(),
  pageSize: z.int(),
  totalSize: z.int(),
});

export const streamEvent = z.union([
  z.strictObject({ task }),
  z.strictObject({ message }),
  z.strictObject({
    statusUpdate: z.strictObject({
      taskId: z.string().min(1),
      contextId: z.string().min(1),
      status,
      metadata,
    }),
  }),
  z.strictObject({
    artifactUpdate: z.strictObject({
      taskId: z.string().min(1),
      contextId: z.string().min(1),
      artifact,
      append: z.boolean().optional(),
      lastChunk: z.boolean().optional(),
      metadata,
    }),
  }),
]);

/** Of a push configuration, what is shown. */
export const pushConfig = z.strictObject({
  id: z.string().min(1),
  taskId: z.string().min(1),
  url: z.url(),
  token: z.string().optional(),
  authentication: z
    .strictObject({ scheme: z.string(), credentials: z.string().optional() })
    .optional(),
});

export type Answered = z.infer<typeof answeredTask>;
export type StreamEvent = z.infer<typeof streamEvent>;
