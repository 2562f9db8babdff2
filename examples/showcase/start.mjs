import { startServers } from './servers.mjs'

const DEFAULT_PORT = '3000'

try {
  const { ports, close } = await startServers(readPort(process.env.PORT ?? DEFAULT_PORT))
  console.log(
    `The same app twice:\n  Express  http://localhost:${ports.express}\n  Koa      http://localhost:${ports.koa}`,
  )
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, close)
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}

function readPort(text) {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65534) return Number(text)
  throw new RangeError(`PORT must be a number from 0 to 65534, got '${text}'. Koa takes the port after it.`)
}

function explain(error) {
  if (error.code === 'EADDRINUSE') {
    return `Port ${error.port} is taken by another program. Choose another pair of ports: PORT=4000 npm start`
  }
  if (error.code === 'EACCES') return `Port ${error.port} is not open to this user. Choose another: PORT=4000 npm start`
  return error.message
}
