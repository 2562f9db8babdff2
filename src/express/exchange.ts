import type { NextFunction, Request, Response } from 'express'
import { EXCHANGE, Exchange } from '../shared/exchange/exchange.js'
import { sendPlainError } from '../shared/exchange/plain-error.js'
import { withSendableHeaders } from '../shared/exchange/raised-error.js'
import type { ResponseDescription } from '../shared/exchange/response-description.js'
import { send } from '../shared/exchange/send.js'
import { closeConnectionOnShutdown } from '../shared/exchange/shutdown.js'
import { showViewHelpers } from '../shared/redirects/view-variables.js'
import { exchangeOf as sharedExchangeOf } from '../shared/settings/exchange-of.js'
import type { Settings, TemplateRenderer } from '../shared/settings/settings.js'
import { ExpressFacts } from './facts.js'
import { checkHost } from './host.js'

/** An Express request and its response: how the response is written, and who gets a failure. */
export class ExpressExchange extends Exchange {
  readonly facts: ExpressFacts
  /** Takes the failures of a handler made by `respond()`. All others go, as in Express, to the router that the request is in. */
  next: NextFunction | undefined = undefined

  constructor(facts: ExpressFacts) {
    super()
    this.facts = facts
    this.#watchShutdown(facts.settings)
  }

  /** An inner `responseKit()` brings options of its own. */
  enterInner(inner: Settings, innerBase: string | undefined): void {
    this.facts.enterInner(inner, innerBase)
    this.#watchShutdown(inner)
  }

  #watchShutdown({ shutdown }: Settings): void {
    if (shutdown !== undefined) closeConnectionOnShutdown(this.facts.req, this.facts.res, shutdown)
  }

  override render(name: string, variables: Readonly<Record<string, unknown>>): ReturnType<TemplateRenderer> {
    const { app, locals, settings } = this.facts
    showViewHelpers(this, locals)
    if (settings.templates !== undefined || app === undefined)
      return super.render(name, { ...app?.locals, ...locals, ...variables })
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, text: string) => (error ? reject(error) : resolve(text))
      app.render(name, { ...variables, _locals: locals }, done)
    })
  }

  write(description: ResponseDescription): void | Promise<void> {
    return send(this.facts.req, this.facts.res, description)
  }

  raise(error: Error): void {
    const next = this.next ?? this.facts.req.next
    if (typeof next === 'function') next(withSendableHeaders(error))
    else sendPlainError(this.facts.res, error) // the host has no error handling that a call could reach
  }
}

/** The exchange of a response, or one for this call alone if the response did not pass `responseKit()`. */
export function exchangeOf(
  call: string,
  req: Request,
  res: Response & { [EXCHANGE]?: ExpressExchange },
): ExpressExchange {
  return sharedExchangeOf(res, (settings) => {
    checkHost(call, req, res)
    return new ExpressExchange(new ExpressFacts(settings, '', req, res))
  })
}
