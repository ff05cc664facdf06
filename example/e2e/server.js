// Starts ./server, the Go server for the tests of clients, and calls its endpoints under
// /control/.

import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

/** @type {Promise<string> | undefined} */
let binary

/** Builds the server once per test file and returns the path of its binary. */
function build() {
  binary ??= (async () => {
    const dir = mkdtempSync(join(tmpdir(), 'wxauth-e2e-'))
    process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
    const path = join(dir, 'server')
    await promisify(execFile)('go', ['build', '-o', path, './server'], { cwd: import.meta.dirname })
    return path
  })()
  return binary
}

/**
 * Starts a server that stops when the test ends.
 *
 * @param {import('node:test').TestContext} t
 * @param {{lifetime?: string}} [options] lifetime is the lifetime of logins, as a Go duration such as 5s
 */
export async function startServer(t, { lifetime = '1h' } = {}) {
  const child = spawn(await build(), ['-lifetime', lifetime], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = new Promise(resolve => child.once('exit', resolve))
  const stop = () => (child.ref(), child.stdin.end(), exited)
  t.after(stop)
  const url = await new Promise((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve)
    exited.then(code => reject(new Error(`the server ended with ${code}`)))
  })
  // Without unref, these handles keep Node running while a test waits for something that never happens.
  for (const handle of [child, child.stdin, child.stdout]) handle.unref()

  /** Posts to an endpoint under /control/. Returns the parsed JSON of the response, or '' if it is empty. */
  async function control(path, params = {}, body = undefined) {
    const res = await fetch(`${url}/control/${path}?${new URLSearchParams(params)}`, {
      method: 'POST',
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await res.text()
    if (!res.ok) throw new Error(`/control/${path}: ${res.status} ${text}`)
    return text && JSON.parse(text)
  }

  return {
    url,
    stop,
    /** Runs an action of a user's phone: login, check, encrypt, number or key. Only encrypt needs a body. */
    phone: (user, action, body) => control(`phone/${action}`, { user }, body),
    /** Ends all logins of a user, with a reason or without. */
    revoke: (user, reason = '') => control('revoke', { user, reason }),
    /** Makes the simulated WeChat replace the user's session_key. */
    rotate: user => control('rotate', { user }),
    /** Makes the store of the logins fail if down is true, and work if it is false. */
    store: down => control('store', { down }),
    /** Applies a wxtest.Fault to later calls to the simulated WeChat. null removes the fault. */
    wechat: fault => control('wechat', {}, fault),
    /** Makes requests of clients fail in the simulated network. See the type trouble in server/road.go. */
    road: (...troubles) => control('road', {}, troubles),
    /** Returns counts. sessions is the number of the user's logins. The other counts are for all users. */
    counts: user => control('counts', { user }),
  }
}
