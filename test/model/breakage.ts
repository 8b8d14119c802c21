/** One deliberate mistake: pieces of the source, each found exactly once, and what stands there instead. */
export interface Breakage {
  name: string;
  patches: [file: string, find: string, put: string][];
  /** The tests to ask first. Default: the model. */
  tests?: string[];
}

export const settlement = (file: string) => `src/settlement/${file}.ts`;
export const rail = (file: string) => `src/rails/exchange/${file}.ts`;
export const message = (file: string) => `src/provider/message/${file}.ts`;
