/** The known name that a misspelt one may stand for: it differs by at most two letters, and by no more than half. */
export function nearestName(name: string, known: string[]): string | undefined {
  const [nearest] = known
    .map((other) => ({ other, far: distance(name.toLowerCase(), other.toLowerCase()) }))
    .sort((one, other) => one.far - other.far);
  const isNear = nearest !== undefined && nearest.far <= Math.min(2, name.length / 2);
  return isNear ? nearest.other : undefined;
}

/** The edit distance: the number of letters to add, remove or replace. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let at = 0; at < other.length; at++) {
      const changed = (row[at] ?? 0) + (letter === other[at] ? 0 : 1);
      next.push(Math.min(changed, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
