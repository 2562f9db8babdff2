/**
 * Whether a value says that it is of a class of the platform, such as `Blob`. `instanceof` fails for a value of another
 * realm: Jest runs each test file in one of its own.
 */
export function hasClassTag(value: unknown, name: string): boolean {
  return Object.prototype.toString.call(value) === `[object ${name}]`
}
