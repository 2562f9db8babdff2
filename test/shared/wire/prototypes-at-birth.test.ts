import http from 'node:http'
import { Socket } from 'node:net'
import { expect } from 'chai'
import { withPrototype } from '../../../src/shared/wire/prototypes-at-birth.js'
import { switches } from '../../../src/shared/wire/switches.js'

const { ServerResponse } = http
const request = (): http.IncomingMessage => new http.IncomingMessage(new Socket())

/** A prototype as an Express app has it: below Node's, with properties of the app. */
const prototypeWith = (properties: PropertyDescriptorMap = {}): object =>
  Object.create(ServerResponse.prototype, properties)

describe('withPrototype', () => {
  const { prototypesAtBirth } = switches
  beforeEach(() => {
    switches.prototypesAtBirth = true
  })
  afterEach(() => {
    switches.prototypesAtBirth = prototypesAtBirth
  })

  it('makes what the constructor makes, with the prototype from the start', () => {
    const prototype = prototypeWith()
    const made = new (withPrototype(prototype, ServerResponse, ServerResponse))(request())
    expect(Object.getPrototypeOf(made)).to.equal(prototype)
    expect(made).to.be.an.instanceOf(ServerResponse)
    expect(Reflect.ownKeys(made)).to.deep.equal(Reflect.ownKeys(new ServerResponse(request())))
  })

  it('gives each product to complete()', () => {
    const completed: object[] = []
    const Made = withPrototype(prototypeWith(), ServerResponse, ServerResponse, (made) => completed.push(made))
    const all = [new Made(request()), new Made(request())]
    expect(completed).to.deep.equal(all)
  })

  // Node assigns `finished` in its constructor.
  it('calls no accessor of the app: an app that has one of a name that Node assigns keeps the late change', () => {
    const assigned: unknown[] = []
    const finished = { get: () => true, set: (value: unknown) => assigned.push(value), configurable: true }
    const made = new (withPrototype(prototypeWith({ finished }), ServerResponse, ServerResponse))(request())
    expect(assigned).to.deep.equal([])
    expect(Object.getPrototypeOf(made)).to.equal(ServerResponse.prototype)
    expect(made.finished).to.equal(false)
  })

  it('works in an app that makes such a name read-only, before or after the first response', () => {
    const finished = { value: true, writable: false, configurable: true }
    const early = new (withPrototype(prototypeWith({ finished }), ServerResponse, ServerResponse))(request())
    expect(early.finished).to.equal(false)
    const prototype = prototypeWith()
    const Made = withPrototype(prototype, ServerResponse, ServerResponse)
    expect(Object.getPrototypeOf(new Made(request()))).to.equal(prototype)
    Object.defineProperty(prototype, 'finished', finished)
    expect(new Made(request()).finished).to.equal(false)
  })

  it('does not mind an accessor of another name', () => {
    const prototype = prototypeWith({ locals: { get: () => 1, configurable: true } })
    const made = new (withPrototype(prototype, ServerResponse, ServerResponse))(request())
    expect(Object.getPrototypeOf(made)).to.equal(prototype)
  })

  it('leaves a class as it is', () => {
    class Own extends ServerResponse {}
    expect(withPrototype(prototypeWith(), Own, ServerResponse)).to.equal(Own)
  })

  it('leaves every constructor as it is if the trick is off', () => {
    switches.prototypesAtBirth = false
    expect(withPrototype(prototypeWith(), ServerResponse, ServerResponse)).to.equal(ServerResponse)
  })
})
