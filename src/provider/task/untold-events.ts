import type { StreamResponse } from '@a2a-js/sdk';
import { endsTask, isPiece } from '../answer/event-facts';

/**
 * A whole task, in the place of what a stream told of it and was held back: that is in the task. Some
 * agents keep no artifacts with their tasks, though: pieces of those come out when the task ends.
 *
 * @param untold what is held back; left in it is what the task does not have.
 */
export function* tellTask(
  event: StreamResponse,
  untold: StreamResponse[],
): Generator<StreamResponse> {
  const kept = artifactsOf(event);
  const missing = untold.filter((piece) => isPiece(piece) && !isKept(piece, kept));
  const isOver = endsTask(event);
  untold.length = 0;
  if (!isOver) for (const piece of missing) untold.push(piece);
  if (isOver) yield* missing;
  yield event;
}

function artifactsOf({ payload }: StreamResponse): Set<string> {
  const artifacts = payload?.$case === 'task' ? payload.value.artifacts : [];
  return new Set(artifacts.map(({ artifactId }) => artifactId));
}

function isKept({ payload }: StreamResponse, kept: Set<string>): boolean {
  const artifact = payload?.$case === 'artifactUpdate' ? payload.value.artifact : undefined;
  return artifact !== undefined && kept.has(artifact.artifactId);
}
