// Starts ./server, the Go server that clients are tested against, and calls its
// endpoints under /control/.

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
 * @param {{lifetime?: string}} [options] the lifetime of logins is a Go duration
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
  // Without these handles Node ends a test that waits for something that never comes.
  for (const handle of [child, child.stdin, child.stdout]) handle.unref()

  /** Posts to an endpoint under /control/ and returns the JSON of the response, if any. */
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
    /** Makes a phone act: login, check, encrypt (with a body), number or key. */
    phone: (user, action, body) => control(`phone/${action}`, { user }, body),
    /** Ends all logins of a user, with a reason or without. */
    revoke: (user, reason = '') => control('revoke', { user, reason }),
    /** WeChat replaces the user's session_key. */
    rotate: user => control('rotate', { user }),
    /** Breaks the store of logins, or repairs it. */
    store: down => control('store', { down }),
    /** Makes calls of WeChat fail. fault is a wxtest.Fault, or null for none. */
    wechat: fault => control('wechat', {}, fault),
    /** Makes requests fail on their way. See trouble in server/road.go. */
    road: (...troubles) => control('road', {}, troubles),
    /** Returns what has happened so far. sessions counts those of the user. */
    counts: user => control('counts', { user }),
  }
}
