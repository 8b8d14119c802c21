export { record, type GenerationRecorder, type RecordOptions } from './record';
export { replay, type ReplayedCall, type ReplayOptions, type ReplayReport } from './replay';
export type { CallOutcome } from './recording-schema';
