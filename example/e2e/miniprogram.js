// Helpers for the tests of ../miniprogram/utils/wxauth.js: a mini program with the
// client, on a phone that wx.js plays, against the real Go server.

import assert from 'node:assert/strict'
import { join } from 'node:path'

import { createWorld } from './runtime.js'
import { startServer } from './server.js'
import { createWx } from './wx.js'

export const clientPath = join(import.meta.dirname, '../miniprogram/utils/wxauth.js')

/**
 * Starts a server, and a mini program on a phone.
 *
 * @param {import('node:test').TestContext} t
 * @param {{lifetime?: string, client?: object} & Partial<import('./wx.js').WxOptions>} [options]
 */
export async function start(t, { lifetime, ...options } = {}) {
  const server = await startServer(t, { lifetime })
  return { server, ...run(server, { user: 'alice', ...options }) }
}

/**
 * Starts a mini program whose client has the options of client. adapt makes the
 * adapter for it of wx. The clock of the phone is off by clock.offset milliseconds,
 * which a test can change.
 */
export function run(server, { client = {}, adapt, ...options }) {
  const phone = createWx({ server, ...options })
  const clock = { offset: 0 }
  const world = createWorld({ wx: adapt ? undefined : phone.wx, Date: { now: () => Date.now() + clock.offset } })
  const auth = world(clientPath).create({ baseURL: server.url, ...(adapt && { adapter: adapt(phone.wx) }), ...client })
  return { auth, clock, ...phone }
}

/** Returns the error that a promise is rejected with. */
export async function rejection(promise) {
  let value
  try {
    value = await promise
  } catch (error) {
    return error
  }
  assert.fail(`want an error, have ${JSON.stringify(value)}`)
}

/** Compares values of another world, which has prototypes of its own. */
export function same(have, want) {
  assert.deepEqual(JSON.parse(JSON.stringify(have)), want)
}

/** Returns what wx.getWeRunData gives. */
export const werun = server => server.phone('alice', 'encrypt', { stepInfoList: [{ timestamp: 1, step: 8123 }] })

export const hour = 3600 * 1000

export const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))
export const anyLatency = () => sleep(Math.random() * 30)

/** Returns a delay that holds back the next result after a call of hold. */
export function gate() {
  let arrive
  return {
    delay: async () => {
      const stop = arrive
      arrive = undefined
      if (stop) await new Promise(stop)
    },
    /** Resolves when a result is held back, to a function that lets it pass. */
    hold: () => new Promise(resolve => (arrive = resolve)),
  }
}
