// One contender with one case, in a process of its own: prints the port it listens on.
import { contenders } from './contenders.mjs'

const [contender, name] = process.argv.slice(2)
const server = await contenders[contender](await import(`./cases/${name}.mjs`))
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
