/** What signs or encrypts, newest first: the first is used, all are tried when reading. */
export type Secrets = readonly [string, ...string[]]

/** One secret or a list; `subject` names the option. The message never shows a secret. */
export function readSecrets(subject: string, value: unknown, minBytes: number): Secrets | undefined {
  if (value === undefined) return undefined
  const [first, ...others]: readonly unknown[] = Array.isArray(value) ? value : [value]
  const isUsable = (secret: unknown): secret is string =>
    typeof secret === 'string' && Buffer.byteLength(secret) >= minBytes
  if (isUsable(first) && others.every(isUsable)) return [first, ...others]
  const expected = `a string or a list of strings, newest first, of ${minBytes} bytes or more each`
  throw Object.assign(new TypeError(`${subject} must be ${expected}`), { code: 'INVALID_OPTION' })
}
