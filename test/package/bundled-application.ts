// What an application's bundle is made from, in chunks-that-fail.test.ts.
export { generateText, streamText, wrapLanguageModel } from 'ai';
export { createA2A, createSettlement, exchangeRail } from '../../src/index';
