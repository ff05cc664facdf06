// Builds the example and starts it for a test, on a free port.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const source = join(import.meta.dirname, '..');

let dir;

/** Builds the example once and returns the path of its binary. */
function build() {
  if (!dir) {
    dir = mkdtempSync(join(tmpdir(), 'example-'));
    process.on('exit', () => rmSync(dir, { recursive: true }));
    execFileSync('go', ['build', '-o', join(dir, 'example'), '.'], { cwd: source, stdio: 'inherit' });
  }
  return join(dir, 'example');
}

/** Starts the example. Resolves with its address and a function that stops it. */
export async function startExample(env = {}) {
  const server = spawn(build(), ['-addr', '127.0.0.1:0'], {
    env: { ...process.env, WX_APPID: '', WX_SECRET: '', REDIS_URL: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  const base = await new Promise((resolve, reject) => {
    createInterface(server.stdout).on('line', (line) => {
      const found = /http:\/\/[^\s/]+/.exec(line)?.[0];
      if (found) resolve(found);
    });
    ended.then(([code]) => reject(new Error(`the example ended with ${code}`)));
  });
  return {
    base,
    /** Stops the example with SIGTERM. Resolves with its exit code. */
    async stop() {
      server.kill('SIGTERM');
      return (await ended)[0];
    },
  };
}

/** The AppSecret of the simulated mini program, read from the source. */
export const appSecret = /Secret: "([^"]+)"/.exec(readFileSync(join(source, 'playground/phones.go'), 'utf8'))[1];

/** Takes the value of a visitor's cookie. Returns the openid of the visitor's simulated user. */
export function openIDOf(cookie) {
  return 'oSIM' + createHash('sha256').update(`visitor ${cookie}`).digest().subarray(0, 18).toString('base64url');
}
