import { chmodSync, createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import type { ZipEntry } from '../../src/index.js'
import { contract } from '../support/contract.js'
import { Sandbox } from '../support/sandbox.js'
import { findLargeZipTool, findZipTool, runTool, type ZipTool } from '../support/zip-tools.js'

const sandbox = new Sandbox()
after(() => sandbox.remove())

const TIME = new Date('2020-02-29T12:34:56Z')
/** The same in the zone of this process: MS-DOS knows no zone, so that is what the programs show. */
const LOCAL = {
  date: `2020-${twoDigits(TIME.getMonth() + 1)}-${twoDigits(TIME.getDate())}`,
  time: [TIME.getHours(), TIME.getMinutes(), TIME.getSeconds()].map(twoDigits).join(':'),
}
const text = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join('')
const noise = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * index * 31 + (index >> 3)) % 251))
const script = sandbox.write('run.sh', 'echo run\n', TIME)
chmodSync(script, 0o751)
const large = sandbox.write('large.txt', text, TIME)
const empty = sandbox.write('empty', '', TIME)

/** Every kind of source, small and large, compressed and not. */
function entries(): ZipEntry[] {
  return [
    { name: 'empty-directory/', mtime: TIME, mode: 0o700 },
    { name: 'run.sh', source: script },
    { name: 'deep/in/größe €.txt', source: large, comment: 'Größe in €' },
    { name: 'stored path', source: large, compress: false },
    { name: 'empty', source: empty },
    { name: 'small bytes', source: Buffer.from('small'), mtime: TIME, mode: 0o600 },
    { name: 'small stored bytes', source: Buffer.from('small'), compress: false, mtime: TIME },
    { name: 'large bytes', source: Buffer.from(text), mtime: TIME },
    { name: 'large stored bytes', source: noise, compress: false, mtime: TIME },
    { name: 'noise', source: new Blob([noise]), mtime: TIME },
    { name: 'one block', source: Buffer.alloc(65_535, 'b'), compress: false, mtime: TIME },
    { name: 'generator', source: pieces(text), mtime: TIME },
    { name: 'stored generator', source: pieces(text), compress: false, mtime: TIME },
    { name: 'stored stream', source: createReadStream(large), compress: false, mtime: TIME },
    { name: 'random access', source: { size: noise.length, read: () => noise }, compress: false, mtime: TIME },
    { name: 'old', source: Buffer.from('old'), mtime: new Date('1969-07-20T20:17:40Z') },
  ]
}

const NAMES = entries().map(({ name }) => name)

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

function* pieces(content: string): Generator<string> {
  for (let at = 0; at < content.length; at += 10_007) yield content.slice(at, at + 10_007)
}

contract('zip() and the programs that read archives', ({ framework, serve, askForError }) => {
  let archive: Buffer
  let path: string

  beforeEach(async () => {
    const app = await serve((target) => target.zip(entries()))
    archive = (await askForError(app)).body
    path = sandbox.path(`${framework.name}.zip`)
    writeFileSync(path, archive)
  })

  const using = (tool: ZipTool, title: string, test: () => Promise<void>): void => {
    it(`${tool.name}: ${title}`, async function () {
      if (!tool.isInstalled) this.skip()
      this.timeout(30_000)
      await test()
    })
  }

  const unzip = findZipTool('unzip', '-v')
  const zipinfo = findZipTool('zipinfo', '-v')
  const bsdtar = findZipTool('bsdtar', '--version')
  const python = findZipTool('python3', '--version')
  const java = findLargeZipTool('java', '-version')

  using(unzip, 'finds no error', async () => {
    expect(await runTool('unzip', ['-t', path])).to.match(/No errors detected in compressed data/)
  })

  using(unzip, 'restores bytes, modes and times', async () => {
    const target = sandbox.path(`${framework.name}-unzipped`)
    await runTool('unzip', ['-q', path, '-d', target])
    expect(readFileSync(`${target}/deep/in/größe €.txt`, 'utf8')).to.equal(text)
    expect(readFileSync(`${target}/stored generator`, 'utf8')).to.equal(text)
    expect(readFileSync(`${target}/large stored bytes`).equals(noise)).to.equal(true)
    const list = await runTool('find', [target, '-printf', '%P|%m|%TY-%Tm-%TdT%TH:%TM:%.2TS\n'])
    expect(list).to.include(`run.sh|751|${LOCAL.date}T${LOCAL.time}`)
    expect(list).to.include(`small bytes|600|${LOCAL.date}T${LOCAL.time}`)
    expect(list).to.include(`large bytes|644|${LOCAL.date}T${LOCAL.time}`)
    expect(list).to.include(`empty-directory|700|${LOCAL.date}T${LOCAL.time}`)
  })

  using(zipinfo, 'lists modes, methods and comments', async () => {
    const list = await runTool('zipinfo', ['-lT', path])
    const time = `${LOCAL.date}.${LOCAL.time}`.replaceAll(/[-:]/g, '')
    expect(list).to.match(new RegExp(`^drwx------ .* stor ${time} empty-directory/$`, 'm'))
    expect(list).to.match(new RegExp(`^-rwxr-x--x .* stor ${time} run.sh$`, 'm'))
    expect(list).to.match(new RegExp(`^-rw------- .* stor ${time} small bytes$`, 'm'))
    expect(list).to.match(new RegExp(` stor ${time} large stored bytes$`, 'm'))
    expect(list).to.match(new RegExp(` def\\w ${time} large bytes$`, 'm'))
    expect(await runTool('zipinfo', ['-v', path])).to.include('Größe in €')
  })

  using(bsdtar, 'lists the archive from a pipe', async () => {
    const list = await runTool('bsdtar', ['-tf', '-'], archive)
    expect(list.trimEnd().split('\n')).to.deep.equal(NAMES)
    await runTool('bsdtar', ['-tvf', '-'], archive)
  })

  using(bsdtar, 'unpacks the archive from a pipe', async () => {
    const target = sandbox.path(`${framework.name}-untarred`, 'x')
    await runTool('mkdir', ['-p', target])
    await runTool('bsdtar', ['-xf', '-', '-C', target], archive)
    expect(readFileSync(`${target}/stored path`, 'utf8')).to.equal(text)
    expect(readFileSync(`${target}/random access`).equals(noise)).to.equal(true)
  })

  using(python, 'finds no error, and the same times', async () => {
    const program = [
      'import sys, zipfile',
      'archive = zipfile.ZipFile(sys.argv[1])',
      'assert archive.testzip() is None',
      'for each in archive.infolist(): print(each.filename, "%d-%02d-%02d %02d:%02d:%02d" % each.date_time, each.is_dir(), each.comment.decode())',
    ].join('\n')
    const list = await runTool('python3', ['-c', program, path])
    expect(list).to.include(`deep/in/größe €.txt ${LOCAL.date} ${LOCAL.time} False Größe in €`)
    expect(list).to.include(`empty-directory/ ${LOCAL.date} ${LOCAL.time} True`)
  })

  using(java, 'ZipInputStream reads every entry from a stream', async () => {
    const source = sandbox.write(
      'Read.java',
      `import java.util.zip.*;
       public class Read {
         public static void main(String[] args) throws Exception {
           try (ZipInputStream in = new ZipInputStream(System.in)) {
             for (ZipEntry entry; (entry = in.getNextEntry()) != null; )
               System.out.println(entry.getName() + "|" + in.readAllBytes().length);
           }
         }
       }`,
    )
    const list = await runTool('java', ['-Dstdout.encoding=UTF-8', '-Dfile.encoding=UTF-8', source], archive)
    expect(list).to.include(`stored generator|${text.length}`)
    expect(list).to.include(`large stored bytes|${noise.length}`)
    expect(list.trimEnd().split('\n')).to.have.length(NAMES.length)
  })
})
