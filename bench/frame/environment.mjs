import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { loadGenerator } from './load.mjs'

/** What a table has to name, so that it can be compared with another. */
export function environment(nodeVersion) {
  return { node: nodeVersion, cpu: processor(), cores: cpus().length, loadGenerator, date: new Date().toISOString() }
}

export function environmentLine(nodeVersion) {
  const { cpu, cores } = environment(nodeVersion)
  return `Node ${nodeVersion}, ${cores} cores of ${cpu}, load from ${loadGenerator}`
}

/** A virtual machine often hides the name of its processor, but not its family and model (Linux). */
function processor() {
  const name = cpus()[0]?.model ?? 'an unknown processor'
  try {
    const info = readFileSync('/proc/cpuinfo', 'utf8')
    const [family, model] = ['cpu family', 'model'].map(
      (key) => new RegExp(`^${key}\\s*: (\\d+)$`, 'm').exec(info)?.[1],
    )
    return family === undefined ? name : `${name} (family ${family}, model ${model})`
  } catch {
    return name
  }
}
