import type { A2AArtifact } from '../client/a2a-event';

/**
 * Merges the artifacts of a task that have the same id. Some agents give several artifacts one id, or none:
 * otherwise they would replace each other, and be emitted again with every snapshot of the task.
 */
export function joinArtifacts(artifacts: A2AArtifact[]): A2AArtifact[] {
  const joined = new Map<string, A2AArtifact>();
  for (const artifact of artifacts) {
    const known = joined.get(artifact.artifactId);
    if (known === undefined) {
      joined.set(artifact.artifactId, { ...artifact, parts: [...artifact.parts] });
      continue;
    }
    for (const part of artifact.parts) known.parts.push(part);
    if (artifact.metadata !== undefined) {
      known.metadata = Object.assign(known.metadata ?? {}, artifact.metadata);
    }
  }
  return [...joined.values()];
}
