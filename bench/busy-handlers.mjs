/** The same handlers, each of which first keeps the processor busy for some milliseconds, as the work of an app does. */
export function busyHandlers(handlers, milliseconds) {
  const busy =
    (handler) =>
    (...given) => {
      const end = performance.now() + milliseconds
      while (performance.now() < end);
      return handler(...given)
    }
  return Object.fromEntries(Object.entries(handlers).map(([family, handler]) => [family, busy(handler)]))
}
