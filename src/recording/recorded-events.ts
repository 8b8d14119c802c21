/** The events of a settlement that are recorded. */
export const recordedEvents = [
  'held',
  'released',
  'refunded',
  'kept',
  'taken',
  'disputed',
  'unsettled',
  'unresolved',
] as const;
