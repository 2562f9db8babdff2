/** The same bytes, after their memory was transferred to another owner: the object has none any more. */
export function transferred<Bytes extends ArrayBuffer | NodeJS.ArrayBufferView>(bytes: Bytes): Bytes {
  const memory = 'buffer' in bytes ? bytes.buffer : bytes
  structuredClone(memory, { transfer: [memory as ArrayBuffer] }) // no caller gives shared memory
  return bytes
}
