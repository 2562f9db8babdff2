import { startServers } from './servers.mjs'

const DEFAULT_PORT = '3000'
const { HOST: host = '127.0.0.1', PORT: port = DEFAULT_PORT } = process.env

try {
  const { ports, close } = await startServers(readPort(port), host)
  const shownHost = ['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host) ? 'localhost' : host
  console.log(
    `The same app twice:\n  Express  http://${shownHost}:${ports.express}\n  Koa      http://${shownHost}:${ports.koa}`,
  )
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => close().then(() => process.exit()))
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
  if (error.code === 'ENOTFOUND' || error.code === 'EADDRNOTAVAIL')
    return `HOST is no address of this machine: '${host}'`
  return error.message
}
