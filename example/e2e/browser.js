// Runs the page of the playground in a headless Chromium.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/**
 * Opens the page as a new visitor, and closes it when test t ends. page.wrong collects
 * exceptions, errors in the console and requests to other hosts.
 */
export async function open(t, browser, base, options = {}) {
  const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  page.wrong = [];
  page.bodies = []; // of all responses except /events, which never ends
  page.on('pageerror', (e) => page.wrong.push(String(e)));
  page.on('console', (m) => {
    // Chromium logs an error for each response with an error status. The page expects some with 401 and 409.
    if (m.type() === 'error' && !/status of 4(01|09)/.test(m.text())) page.wrong.push(m.text());
  });
  page.on('request', (r) => {
    if (new URL(r.url()).origin !== base) page.wrong.push(`request to ${r.url()}`);
  });
  page.on('response', (r) => {
    const url = new URL(r.url());
    if (url.pathname === '/events') return;
    const reply = r.body().then((body) => ({ path: url.pathname, method: r.request().method(), headers: r.headers(), body }));
    reply.catch(() => {}); // the page may close before the body arrives
    page.bodies.push(reply);
  });
  await page.goto(base);
  return page;
}

/** Clicks a button of the simulated phone, and waits until the page has finished the action. */
export async function press(page, name) {
  await page.click(`[data-do=${name}]`);
  await idle(page);
}

export async function idle(page) {
  await page.waitForFunction(() => !document.body.classList.contains('busy'));
}

/** Returns the diagram as text, with one string per arrow. A star marks a chip with a lock. */
export function arrows(page) {
  return page.$$eval('#arrows > li', (items) => items.map((li) => {
    const text = (selector) => [...li.querySelectorAll(`.label ${selector}`)].map((e) => e.textContent);
    const way = li.dataset.from === li.dataset.to ? li.dataset.from : `${li.dataset.from} → ${li.dataset.to}`;
    const what = [...text('.device'), ...[...li.querySelectorAll('.label .chip')]
      .map((c) => (c.classList.contains('kept') ? '*' : '') + c.textContent)];
    return `${way}: ${text('.title')[0]}${what.length ? ` [${what.join(' ')}]` : ''}`;
  }));
}

/** Returns the serious and critical violations that axe-core finds. */
export async function violations(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.filter((v) => ['serious', 'critical'].includes(v.impact))
    .map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(' ')}`);
}

export function assertFine(page) {
  assert.deepEqual(page.wrong, []);
}
