import { endsTask, isPiece } from '../answer/event-predicates';
import type { A2AEvent } from '../client/a2a-event';

/**
 * Replaces withheld stream events by the whole task that contains them. Some agents do not store artifacts with
 * their tasks: their pieces are emitted when the task ends.
 *
 * @param withheld the withheld events; those that are missing in the task remain in it.
 */
export function* mergeSnapshot(event: A2AEvent, withheld: A2AEvent[]): Generator<A2AEvent> {
  const kept = artifactsOf(event);
  const missing = withheld.filter((piece) => isPiece(piece) && !isKept(piece, kept));
  const isOver = endsTask(event);
  withheld.length = 0;
  if (!isOver) for (const piece of missing) withheld.push(piece);
  if (isOver) yield* missing;
  yield event;
}

function artifactsOf(event: A2AEvent): Set<string> {
  const artifacts = event.type === 'task' ? event.task.artifacts : [];
  return new Set(artifacts.map(({ artifactId }) => artifactId));
}

function isKept(event: A2AEvent, kept: Set<string>): boolean {
  return event.type === 'artifact' && kept.has(event.artifact.artifactId);
}
