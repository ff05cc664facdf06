// Helpers for the tests of ../miniprogram/utils/wxauth.js. They start a mini program with
// this client. wx.js simulates the phone, and ./server is a Go server with package wxauth.

import assert from 'node:assert/strict'
import { join } from 'node:path'

import { createWorld } from './runtime.js'
import { startServer } from './server.js'
import { createWx } from './wx.js'

export const clientPath = join(import.meta.dirname, '../miniprogram/utils/wxauth.js')

/**
 * Starts a server and a mini program. The user of the phone is alice by default.
 *
 * @param {import('node:test').TestContext} t
 * @param {{lifetime?: string, client?: object} & Partial<import('./wx.js').WxOptions>} [options]
 */
export async function start(t, { lifetime, ...options } = {}) {
  const server = await startServer(t, { lifetime })
  return { server, ...run(server, { user: 'alice', ...options }) }
}

/**
 * Starts a mini program. client contains options of wxauth.js. adapt makes the option
 * adapter from wx. The clock of the phone differs from the real time by clock.offset
 * milliseconds. A test can change clock.offset.
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

/** Compares values as JSON. Objects of another world (see runtime.js) have other prototypes. */
export function same(have, want) {
  assert.deepEqual(JSON.parse(JSON.stringify(have)), want)
}

/** Returns the encrypted data that wx.getWeRunData gives to alice. */
export const werun = server => server.phone('alice', 'encrypt', { stepInfoList: [{ timestamp: 1, step: 8123 }] })

export const hour = 3600 * 1000

export const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))
export const anyLatency = () => sleep(Math.random() * 30)

/** Returns the option delay of createWx, and hold. After a call of hold, delay holds back the next result. */
export function gate() {
  let arrive
  return {
    delay: async () => {
      const stop = arrive
      arrive = undefined
      if (stop) await new Promise(stop)
    },
    /** Resolves when a result is held back. The value is a function that releases the result. */
    hold: () => new Promise(resolve => (arrive = resolve)),
  }
}
