// The entries of the package: the name that follows `response-kit/` -> its source in src. Everything that is built or
// checked entry by entry reads this list, and package.json must agree with it (scripts/build.mjs checks that).

/** `index` is the package itself. */
export const ENTRIES = {
  index: 'index.ts',
  express: 'express/index.ts',
  koa: 'koa/index.ts',
  testing: 'testing/index.ts',
  redis: 'redis/index.ts',
  postgres: 'postgres/index.ts',
  s3: 's3/index.ts',
  azure: 'azure/index.ts',
}

/** The name under which the build for bundlers imports the loader of fast-json-stringify. */
export const LOADER = '#load-fast-json-stringify'

/** The types of an entry, in the built package. */
export const typesOf = (name) => `dist/types/${ENTRIES[name].replace(/\.ts$/, '.d.ts')}`

/** What package.json must say about the entries. */
export function packageFields() {
  const exported = Object.keys(ENTRIES).map((name) => [
    name === 'index' ? '.' : `./${name}`,
    {
      import: {
        types: `./dist/esm/${name}.d.ts`,
        // A bundler takes the real ES module, also for a `require`. Node.js does not know this condition.
        module: `./dist/module/${name}.js`,
        default: `./dist/esm/${name}.js`,
      },
      require: {
        types: `./${typesOf(name)}`,
        module: `./dist/module/${name}.js`,
        default: `./dist/cjs/${name}.js`,
      },
    },
  ])
  const subPaths = Object.keys(ENTRIES).filter((name) => name !== 'index')
  return {
    main: './dist/cjs/index.js',
    types: `./${typesOf('index')}`,
    imports: {
      [LOADER]: {
        webpack: './dist/module/load-for-webpack.cjs',
        default: './dist/module/load-fast-json-stringify.cjs',
      },
    },
    exports: Object.fromEntries([...exported, ['./package.json', './package.json']]),
    typesVersions: { '*': Object.fromEntries(subPaths.map((name) => [name, [`./${typesOf(name)}`]])) },
  }
}
