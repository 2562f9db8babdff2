/**
 * What a call that sends a response returns: a promise that settles when the response has ended (Express) or its body is
 * set (Koa), and never rejects. So a handler may leave the `await` out.
 *
 * It has all of a `Promise<void>` and is a type of its own: `no-floating-promises` of typescript-eslint lets it pass, by
 * itself or by its name.
 */
export interface Sent extends Pick<Promise<void>, keyof Promise<void>> {}
