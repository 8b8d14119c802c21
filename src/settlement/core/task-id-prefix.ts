/** Marks the holds of this package on the ledger, so that orphans can be told from others' holds. */
export const taskIdPrefix = 'aisdk-';
