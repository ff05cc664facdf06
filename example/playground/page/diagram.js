// Draws the sequence diagram. It receives arrows from the server and draws them one by
// one. row.js draws a single arrow.

import { still } from './elements.js';
import { setHolds } from './holds.js';
import { Row } from './row.js';
import { say, onLanguage } from './words.js';

const list = document.getElementById('arrows');
const flow = document.getElementById('flow');
const empty = document.getElementById('empty');
const others = document.getElementById('others');
const gone = document.getElementById('gone');

const simulated = document.body.dataset.simulated === 'true'; // if false, all arrows come from other clients

let rows = []; // the drawn rows, ordered by the ids of their arrows
let held = []; // arrows of other clients that are not shown
const exchanges = new Map(); // maps the number of an exchange to its request, its response, and whether it is over
const waiting = []; // arrows that are not drawn yet
const drawn = new Map(); // maps the number of an exchange to the function to call when it is over
let last = 0; // id of the latest arrow received
let live = false; // whether the page has received all arrows of the past
let drawing = false;

// The visitor has cleared the arrows up to this id.
let clearedTo = Number(sessionStorage.getItem('clearedTo'));

// Arrows of other clients up to this id are not shown. With simulated phones, the
// diagram at first shows no arrows of other clients.
let othersAfter = simulated ? Number(sessionStorage.getItem('othersAfter') ?? Infinity) : 0;

/** Resolves when the whole exchange is drawn, or after 8 seconds. */
export function whenDrawn(exchange) {
  if (exchanges.get(exchange)?.over) return Promise.resolve();
  return new Promise((resolve) => {
    drawn.set(exchange, resolve);
    setTimeout(resolve, 8000); // the stream of events may have broken
  });
}

/** Prepares the diagram when the visitor presses the first button after the page was loaded. */
export function begin() {
  if (othersAfter === Infinity) holdOthersTo(last);
  if (matchMedia('(max-width: 900px)').matches) {
    document.querySelector('.diagram').scrollIntoView({ behavior: still() ? 'auto' : 'smooth' });
  }
}

export function startDiagram() {
  const events = new EventSource('/events');
  events.onmessage = (e) => receive(JSON.parse(e.data));
  events.addEventListener('ready', () => { live = true; });
  events.onopen = () => { gone.textContent = ''; };
  events.onerror = () => { gone.textContent = say().gone; };
  document.getElementById('clear').addEventListener('click', clear);
  document.getElementById('others-show').addEventListener('click', showOthers);
  onLanguage(() => {
    rows.forEach((row) => row.write());
    if (gone.textContent) gone.textContent = say().gone;
    countOthers();
  });
}

function receive(arrow) {
  last = arrow.id;
  if (arrow.id <= clearedTo) return;
  if (!arrow.device && arrow.id <= othersAfter) {
    held.push(arrow);
    countOthers();
    return;
  }
  waiting.push(arrow);
  if (!drawing) drawNext();
}

function holdOthersTo(id) {
  othersAfter = id;
  sessionStorage.setItem('othersAfter', id);
}

function countOthers() {
  const n = held.filter((a) => a.from === 'phone' && !a.reply).length;
  others.hidden = n === 0;
  document.getElementById('others-count').textContent = say().othersCount(n);
}

function showOthers() {
  holdOthersTo(0);
  const shown = held;
  held = [];
  countOthers();
  shown.forEach((arrow) => draw(arrow, false));
}

function clear() {
  clearedTo = last;
  sessionStorage.setItem('clearedTo', last);
  rows = [];
  held = [];
  countOthers();
  exchanges.clear();
  list.replaceChildren();
  empty.hidden = false;
}

// Draws the waiting arrows. New arrows are drawn slowly, so that the visitor can follow.
// Arrows of the past are drawn at once, and so are all arrows if the visitor wants no
// motion.
function drawNext() {
  const arrow = waiting.shift();
  drawing = Boolean(arrow);
  if (!drawing) return;
  const slow = live && !still();
  draw(arrow, slow);
  if (!slow) return drawNext();
  setTimeout(drawNext, waiting.length > 8 ? 120 : 480);
}

function draw(arrow, slow) {
  const exchange = exchanges.get(arrow.exchange) ?? {};
  exchanges.set(arrow.exchange, exchange);
  const row = new Row(arrow, exchange);
  exchange[arrow.reply ? 'reply' : 'request'] = row;
  const after = rows.findIndex((r) => r.arrow.id > arrow.id);
  const at = after < 0 ? rows.length : after;
  list.insertBefore(row.element, rows[at]?.element ?? null);
  rows.splice(at, 0, row);
  empty.hidden = true;
  row.element.classList.toggle('new', slow);
  exchange.request?.write();
  row.write();
  flow.scrollTo({ top: flow.scrollHeight, behavior: slow ? 'smooth' : 'auto' });
  if (!simulated && arrow.op === 'login') setHolds({ token: true, logins: 1, key: 'live' });
  if (arrow.reply || arrow.from === arrow.to) {
    exchange.over = true;
    drawn.get(arrow.exchange)?.();
    drawn.delete(arrow.exchange);
  }
}
