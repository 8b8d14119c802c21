import { isRecord } from '@ai-sdk/provider-utils';

/**
 * The A2A SDK's client for protocol 0.3 over HTTP+JSON forgets whether a chunk appends to its
 * artifact or replaces it. The mark takes that through the client in the event's metadata.
 */
const appendMark = 'ai-sdk-a2a-settlement/append';

/** Marks a parsed stream event of that dialect, in place. */
export function markAppend(frame: unknown): void {
  if (!isRecord(frame)) return;
  const event = frame['artifactUpdate'] ?? frame['artifact_update'];
  if (!isRecord(event) || event['append'] !== true) return;
  event['metadata'] = {
    ...(isRecord(event['metadata']) ? event['metadata'] : {}),
    [appendMark]: true,
  };
}

export function hasAppendMark(metadata: Record<string, unknown> | undefined): boolean {
  return metadata?.[appendMark] === true;
}

/** Takes the mark off again. */
export function takeAppendMark(metadata: Record<string, unknown> | undefined): boolean {
  if (metadata === undefined || !hasAppendMark(metadata)) return false;
  delete metadata[appendMark];
  return true;
}
