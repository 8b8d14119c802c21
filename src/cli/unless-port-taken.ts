import { errorCode } from './error-code';

/** Says what to do if the port is taken. */
export async function unlessPortTaken<T>(
  served: Promise<T>,
  { port, advice }: { port: number | undefined; advice: string },
): Promise<T> {
  try {
    return await served;
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error;
    throw new Error(`Port ${port} is taken (EADDRINUSE). ${advice}`, { cause: error });
  }
}
