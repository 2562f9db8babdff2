import { inflateRawSync } from 'node:zlib'

/** The entries of an archive as text. */
export function readZip(archive: Buffer): Record<string, string> {
  return Object.fromEntries(Object.entries(readZipBytes(archive)).map(([name, bytes]) => [name, bytes.toString()]))
}

/** The entries of an archive, read from its central directory (PKWARE APPNOTE §4.3.12), names as UTF-8. */
export function readZipBytes(archive: Buffer): Record<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (end < 0) throw new Error('no end of central directory')
  const entries: Record<string, Buffer> = {}
  let at = archive.readUInt32LE(end + 16)
  for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
    if (archive.readUInt32LE(at) !== 0x02014b50) throw new Error('no central directory header')
    const method = archive.readUInt16LE(at + 10)
    const size = archive.readUInt32LE(at + 20)
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset))
    const local = archive.readUInt32LE(at + 42)
    const name = archive.toString('utf8', at + 46, at + 46 + (nameLength ?? 0))
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
    const data = archive.subarray(start, start + size)
    entries[name] = method === 8 ? inflateRawSync(data) : data
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0)
  }
  return entries
}
