// Tests the layout of the page in two languages, two colour schemes and two widths. If the
// environment variable PAGE_SCREENSHOTS names a folder, the tests write screenshots there.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertFine, launch, open, press, violations } from './browser.js';
import { startExample } from './example.js';

const pictures = process.env.PAGE_SCREENSHOTS;

let example, browser;
before(async () => {
  if (pictures) mkdirSync(pictures, { recursive: true });
  example = await startExample();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await example?.stop();
});

/**
 * Describes misplaced elements: a chip with a lock that is left of the server's lane, a
 * note outside its lane, an arrow inside the phone that leaves the phone's lane, and a
 * label of the border that covers the arrows.
 */
function misplaced(page) {
  return page.evaluate(() => {
    const flow = document.getElementById('arrows').getBoundingClientRect();
    const line = flow.left + flow.width / 3;
    const wrong = [];
    const check = (ok, e) => { if (!ok) wrong.push(`${e.closest('li').dataset.op}: ${e.className} ${e.textContent}`); };
    for (const chip of document.querySelectorAll('#arrows .label .kept')) {
      const r = chip.getBoundingClientRect();
      check(r.left >= line - 1 && r.right <= flow.right, chip);
    }
    for (const note of document.querySelectorAll('#arrows .note .label')) {
      const r = note.getBoundingClientRect();
      const lane = note.closest('li').dataset.from === 'server' ? 1 : 2;
      check(r.left >= line + (lane - 1) * flow.width / 3 - 2 && r.right <= line + lane * flow.width / 3 + 2, note);
    }
    for (const arrow of document.querySelectorAll('#arrows [data-from=phone][data-to=wechat] .line, #arrows [data-from=wechat][data-to=phone] .line')) {
      check(arrow.getBoundingClientRect().right <= line, arrow);
    }
    const border = document.querySelector('.border').getBoundingClientRect();
    if (border.bottom > document.getElementById('flow').getBoundingClientRect().top) wrong.push('the label covers the arrows');
    return wrong;
  });
}

for (const locale of ['en-US', 'zh-CN']) {
  for (const colorScheme of ['light', 'dark']) {
    for (const [device, viewport] of [['desktop', { width: 1280, height: 860 }], ['phone', { width: 360, height: 740 }]]) {
      test(`looks: ${locale}, ${colorScheme}, ${device}`, async (t) => {
        const page = await open(t, browser, example.base, {
          locale, colorScheme, viewport, deviceScaleFactor: device === 'phone' ? 2 : 1,
        });
        const check = async (name) => {
          const file = `${locale.slice(0, 2)}-${colorScheme}-${device}-${name}.png`;
          if (pictures) await page.screenshot({ path: join(pictures, file), fullPage: true });
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, `${name}: wider than the screen`);
          assert.deepEqual(await misplaced(page), [], name);
        };
        await check('1-first');
        assert.deepEqual(await violations(page), []);
        await press(page, 'login');
        await check('2-login');
        for (const button of ['second', 'phone', 'expire', 'steps']) await press(page, button);
        await page.locator('li[data-op="POST /steps"].failed > button').click();
        await page.locator('li[data-op="POST /login"].request > button').first().click();
        await page.locator('li[data-op="POST /login"].request [role=tab]').nth(1).click();
        await check('3-open');
        assert.deepEqual(await violations(page), []);
        await page.$$eval('#arrows > li > button[aria-expanded=false]', (all) => all.forEach((b) => b.click()));
        await page.$$eval('#arrows [role=tab]:last-child', (all) => all.forEach((b) => b.click()));
        await check('4-all-open');
        const cut = await page.$$eval('#arrows .label, .messages, .sources, .lane, .border, .cells button', (all) => all
          .filter((e) => { const r = e.getBoundingClientRect(); return r.left < 0 || r.right > innerWidth || e.scrollWidth > e.clientWidth + 1; })
          .map((e) => e.textContent));
        assert.deepEqual(cut, [], 'cut off');
        assertFine(page);
      });
    }
  }
}
