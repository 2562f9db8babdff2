interface Told {
  readonly sent: number
  readonly total: number | undefined
}

/** A listener that collects. `whole` waits for the last call: the client may have all bytes before the server is told so. */
export function collectProgress(): { told: Told[]; onProgress(progress: Told): void; whole: Promise<void> } {
  const told: Told[] = []
  let end: (() => void) | undefined
  const whole = new Promise<void>((resolve) => {
    end = resolve
  })
  const onProgress = (progress: Told): void => {
    told.push(progress)
    if (progress.sent === progress.total) end?.()
  }
  return { told, onProgress, whole }
}
