import type { A2AArtifact } from '../client/a2a-event';

/**
 * The artifacts of a task, each id once. Some agents give several of them one id, or none: one by one
 * they would replace each other, and come out anew with every snapshot of the task.
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
