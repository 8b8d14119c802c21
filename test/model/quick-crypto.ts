import { createHash, createHmac, webcrypto } from 'node:crypto';

const bytesOf = (data: BufferSource) =>
  ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
const keys = new WeakMap<object, Buffer>();
const { subtle } = webcrypto;

/**
 * Node's own works in other threads. Then everything goes on in one, in the same order each time.
 * Returns what puts Node's own back.
 */
export function useQuickCrypto(): () => void {
  const quick = {
    digest: async (_: unknown, data: BufferSource) =>
      new Uint8Array(createHash('sha256').update(bytesOf(data)).digest()).buffer,
    importKey: async (_: unknown, data: BufferSource) => {
      const key = {};
      keys.set(key, bytesOf(data));
      return key;
    },
    sign: async (_: unknown, key: object, data: BufferSource) => {
      const secret = keys.get(key);
      if (secret === undefined) throw new TypeError('No key of ours.');
      return new Uint8Array(createHmac('sha256', secret).update(bytesOf(data)).digest()).buffer;
    },
  };
  for (const [name, value] of Object.entries(quick)) {
    Object.defineProperty(subtle, name, { value, configurable: true });
  }
  // Node's own are those of the prototype.
  return () => {
    for (const name of Object.keys(quick)) Reflect.deleteProperty(subtle, name);
  };
}
