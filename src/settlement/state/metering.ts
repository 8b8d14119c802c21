/** How use becomes tokens: `baseTokens` for `per` requests, units or milliseconds. */
export interface UseMetering {
  of: 'requests' | 'units' | 'milliseconds';
  baseTokens: number;
  per: number;
}

/** How an answer becomes tokens; where no skill was named, by the skill that the answer names. */
export type Metering = UseMetering | { of: 'skill'; prices: Record<string, UseMetering> };
