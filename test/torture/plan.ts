/** What the client does. */
export const CLIENT_FAULTS = [
  'none',
  'head only',
  'leaves at 1 B',
  'leaves at 64 KB',
  'leaves at 1 MB',
  'resets at 64 KB',
  'stalls, then reads on',
  'stalls, then leaves',
  'stalls forever',
] as const

/** What the source does. */
export const SOURCE_FAULTS = ['fails early', 'fails late', 'is too short', 'is too long', 'shrinks'] as const

export type SourceFault = (typeof SOURCE_FAULTS)[number]
export type Fault = (typeof CLIENT_FAULTS)[number] | SourceFault

/** One exchange: which kind of answer, how large, and what goes wrong. The server reads it from the URL. */
export interface Plan {
  readonly kind: string
  readonly fault: Fault
  readonly seed: number
  readonly size: number
}

export function planUrl({ kind, fault, seed, size }: Plan): string {
  return `/?${new URLSearchParams({ kind, fault, seed: `${seed}`, size: `${size}` })}`
}

export function readPlan(url: string): Plan {
  const query = new URL(url, 'http://localhost').searchParams
  return {
    kind: query.get('kind') ?? '',
    fault: query.get('fault') as Fault, // as planUrl wrote it
    seed: Number(query.get('seed')),
    size: Number(query.get('size')),
  }
}
