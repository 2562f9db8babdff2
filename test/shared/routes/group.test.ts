import { expect } from 'chai'
import { defineRoutes, group } from '../../../src/index.js'
import { thrown } from '../../support/thrown.js'

describe('group', () => {
  const routes = defineRoutes({
    home: '/',
    ...group('admin', '/admin', {
      index: '/',
      report: '/reports/:year{/:month}',
      ...group('users', '/users/:userId', { show: '/', edit: '/edit' }),
    }),
    ...group('plain', '/', { about: '/about' }),
  })

  it('joins names with a dot and paths with their prefixes; / is the prefix itself', () => {
    expect(routes.names).to.have.members([
      'home',
      'admin.index',
      'admin.report',
      'admin.users.show',
      'admin.users.edit',
      'plain.about',
    ])
    expect(routes.path('admin.index')).to.equal('/admin')
    expect(routes.path('admin.report')).to.equal('/admin/reports/:year{/:month}')
    expect(routes.path('admin.users.edit')).to.equal('/admin/users/:userId/edit')
    expect(routes.path('plain.about')).to.equal('/about')
    expect(routes.url('admin.users.show', { userId: 1 })).to.equal('/admin/users/1')
  })

  it('local() is the path below the innermost group, or below the one named', () => {
    expect(routes.local('admin.report')).to.equal('/reports/:year{/:month}')
    expect(routes.local('admin.users.edit')).to.equal('/edit')
    expect(routes.local('admin.users.edit', 'admin')).to.equal('/users/:userId/edit')
    expect(routes.local('admin.users.show', 'admin')).to.equal('/users/:userId')
    expect(routes.local('home')).to.equal('/')
  })

  it('prefix() is the whole prefix of a group, or the part below another', () => {
    expect(routes.prefix('admin')).to.equal('/admin')
    expect(routes.prefix('admin.users')).to.equal('/admin/users/:userId')
    expect(routes.prefix('admin.users', 'admin')).to.equal('/users/:userId')
    expect(routes.prefix('plain')).to.equal('/')
  })

  it('an unknown group, or one that is not around it, is an error that names the nearest', () => {
    expect(thrown(() => routes.prefix('admn' as never)).message).to.contain("did you mean 'admin'?")
    expect(thrown(() => routes.prefix('admin', 'admin.users'))).to.have.property('code', 'ROUTE_NOT_FOUND')
    expect(thrown(() => routes.local('home', 'admin'))).to.have.property('code', 'ROUTE_NOT_FOUND')
  })

  it('a bad prefix or name is an error at once', () => {
    expect(thrown(() => group('a', 'admin', {})).message).to.contain("must begin with '/'")
    expect(thrown(() => group('a', '/admin/', {})).message).to.contain("must not end with '/'")
    expect(thrown(() => group('', '/admin', {}))).to.have.property('code', 'INVALID_ARGUMENT')
    expect(thrown(() => group('a', '/admin', 7 as never))).to.have.property('code', 'INVALID_ARGUMENT')
  })

  it('has() tells names from what objects inherit', () => {
    expect(routes.has('admin.report')).to.equal(true)
    expect(routes.has('toString')).to.equal(false)
    expect(routes.has('__proto__')).to.equal(false)
  })
})
