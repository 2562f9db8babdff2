import express from 'express'

// A file of an app that knows nothing of the kit. `legacy-code.test.ts` lints it too.
const app = express()

app.get('/plain', (_req, res) => {
  res.download('a.pdf')
})
app.get('/named', (_req, res) => {
  res.download('a.pdf', 'b.pdf')
})
app.get('/options', (_req, res) => {
  res.download('a.pdf', 'b.pdf', { maxAge: '1d', dotfiles: 'deny', headers: { 'x-a': 'b' } })
})
app.get('/callback', (_req, res, next) => {
  res.download('a.pdf', (error) => {
    next(error)
  })
  res.download('a.pdf', next)
})
app.get('/named-callback', (_req, res, next) => {
  res.download('a.pdf', 'b.pdf', (error) => {
    next(error)
  })
})
app.get('/all', (_req, res, next) => {
  res.download('a.pdf', 'b.pdf', { maxAge: 1000 }, (error) => {
    next(error)
  })
})
export function send(res: express.Response, done?: (error?: Error) => void): void {
  res.download('a.pdf', done)
  res.download('a.pdf', 'b.pdf', done)
}
app.get('/users/:id', (req, res) => {
  res.setHeader('X-A', ['a', 'b']).appendHeader('X-B', 'c')
  res.type('html').cookie('a', 'b').status(200).json({ id: req.params.id })
})
app.get('/away', (_req, res) => {
  res.clearCookie('a').redirect(303, '/')
})
app.listen(3000)
