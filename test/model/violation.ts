/** What must never be was seen while a schedule was under way. */
export class Violation extends Error {
  static readonly seen: Violation[] = [];

  constructor(message: string) {
    super(message);
    // Whoever it is thrown at may take it for any other failure.
    Violation.seen.push(this);
  }
}
