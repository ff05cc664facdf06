// What the tests of ../miniprogram/utils/wxauth.js share: a mini program with the
// client, on a phone that is a stand-in for wx, and the real Go server.

import assert from 'node:assert/strict'
import { join } from 'node:path'

import { createWorld } from './runtime.js'
import { startServer } from './server.js'
import { createWx } from './wx.js'

const clientPath = join(import.meta.dirname, '../miniprogram/utils/wxauth.js')

/**
 * A server, and a mini program that has just been started on a phone.
 *
 * @param {import('node:test').TestContext} t
 * @param {{lifetime?: string} & Partial<import('./wx.js').WxOptions>} [options]
 */
export async function start(t, { lifetime, ...options } = {}) {
  const server = await startServer(t, { lifetime })
  return { server, ...run(server, { user: 'alice', ...options }) }
}

/** Starts the mini program. Its clock is wrong by offset milliseconds, and now can be moved. */
export function run(server, options) {
  const phone = createWx({ server, ...options })
  const clock = { offset: 0 }
  const world = createWorld({ wx: phone.wx, Date: { now: () => Date.now() + clock.offset } })
  const auth = world(clientPath).create({ baseURL: server.url })
  return { auth, clock, ...phone }
}

/** The error that a promise is rejected with. */
export async function rejection(promise) {
  let value
  try {
    value = await promise
  } catch (error) {
    return error
  }
  assert.fail(`want an error, have ${JSON.stringify(value)}`)
}

/** Deep equality of what comes out of another world, whose prototypes are its own. */
export function same(have, want) {
  assert.deepEqual(JSON.parse(JSON.stringify(have)), want)
}

/** What wx.getWeRunData gives. */
export const werun = server => server.phone('alice', 'encrypt', { stepInfoList: [{ timestamp: 1, step: 8123 }] })

export const hour = 3600 * 1000

export const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))
export const anyLatency = () => sleep(Math.random() * 30)

/** A delay that lets everything pass but the next answer after a call of hold. */
export function gate() {
  let arrive
  return {
    delay: async () => {
      const stop = arrive
      arrive = undefined
      if (stop) await new Promise(stop)
    },
    /** Resolves when there is an answer that waits, to a function that lets it pass. */
    hold: () => new Promise(resolve => (arrive = resolve)),
  }
}
