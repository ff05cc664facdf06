// Runs CommonJS files as a mini program would, in a separate JavaScript context, called a
// world. A world has the given globals, such as wx. Of Node it has only console, setTimeout
// and clearTimeout. A new world is like a new start of the mini program.

import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import vm from 'node:vm'

/**
 * @param {Record<string, unknown>} globals are added to the world, such as wx, App and Page
 * @returns {(path: string) => any} a require function for absolute paths
 */
export function createWorld(globals) {
  const context = vm.createContext({ console, setTimeout, clearTimeout, ...globals })
  const modules = new Map()

  function load(path) {
    const file = [path, `${path}.js`, join(path, 'index.js')].find(isFile)
    if (!file) throw new Error(`there is no module ${path}`)
    if (!modules.has(file)) {
      const module = { exports: {} }
      modules.set(file, module)
      const run = vm.compileFunction(readFileSync(file, 'utf8'), ['module', 'exports', 'require'], {
        filename: file,
        parsingContext: context,
      })
      run(module, module.exports, name => load(join(dirname(file), name)))
    }
    return modules.get(file).exports
  }

  return load
}

const isFile = path => statSync(path, { throwIfNoEntry: false })?.isFile()
