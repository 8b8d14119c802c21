import type { Grounding } from './request-bodies';

/** The exchange's assessment of the sources that a text claims, by their form alone. */
export function assessGrounding(
  { chunks, supports, coverage }: Grounding,
  content: string,
): string[] {
  const isSound = supports.every(({ chunk_indices: indices }) =>
    indices.every((index) => index >= 0 && index < chunks.length),
  );
  const covered =
    coverage ?? (supports.length > 0 && content !== '' ? coverageOf(supports, content) : undefined);
  const hosts = new Set(chunks.filter(({ uri }) => uri !== '').map(({ uri }) => hostOf(uri)));
  return [
    chunks.length > 0 ? `grounding_chunks_present:${chunks.length}` : 'grounding_chunks_empty',
    `grounding_supports_valid:${isSound ? 'True' : 'False'}`,
    ...(covered === undefined
      ? []
      : [
          `grounding_coverage:${toHundredths(covered)}`,
          covered > 0.5 ? 'grounding_sufficient' : 'grounding_insufficient',
        ]),
    ...(hosts.size >= 2 ? [`grounding_source_diversity:${hosts.size}`] : []),
    ...(hosts.size === 1 ? ['grounding_single_source'] : []),
  ];
}

/** The share of the text's characters (code points) that are in a supported segment. */
function coverageOf(supports: Grounding['supports'], content: string): number {
  const { length } = [...content];
  const covered = new Uint8Array(length);
  for (const { segment } of supports) {
    const start = Math.max(0, Math.min(segment.start_index, length));
    covered.fill(1, start, Math.max(start, Math.min(segment.end_index, length)));
  }
  return covered.reduce((sum, each) => sum + each, 0) / length;
}

/** The authority of a URL; empty if there is none. */
function hostOf(uri: string): string {
  return /^(?:[a-z][a-z\d+.-]*:)?\/\/([^/?#]*)/i.exec(uri)?.[1] ?? '';
}

/** As Python's `.2f`: a tie is rounded to the even digit. */
function toHundredths(value: number): string {
  const isTie = Math.abs((value * 8) % 2) === 1;
  return (isTie ? (2 * Math.round(value * 50)) / 100 : value).toFixed(2);
}
