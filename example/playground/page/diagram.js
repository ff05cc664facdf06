// The sequence diagram: arrows as the server tells of them.

import { make, chip, still } from './elements.js';
import { say, onLanguage } from './words.js';

const list = document.getElementById('arrows');
const flow = document.getElementById('flow');
const empty = document.getElementById('empty');

const rows = []; // what is drawn, in order
const exchanges = new Map(); // by number: its request, its reply, and whether it is over
const waiting = []; // arrows that are not drawn yet
const drawn = new Map(); // by exchange: whom to tell when it is over

const simulated = document.body.dataset.simulated === 'true'; // or all is other clients'
const clearedKey = 'cleared';
let live = false; // once the arrows of the past are there
let drawing = false;

/** Resolves when all of an exchange is in the diagram. */
export function whenDrawn(exchange) {
  if (exchanges.get(exchange)?.over) return Promise.resolve();
  return new Promise((resolve) => {
    drawn.set(exchange, resolve);
    setTimeout(resolve, 8000); // the phone goes on, should the stream have broken
  });
}

export function startDiagram() {
  const events = new EventSource('/events');
  events.onmessage = (e) => {
    const arrow = JSON.parse(e.data);
    if (arrow.id <= Number(sessionStorage.getItem(clearedKey))) return;
    waiting.push(arrow);
    if (!drawing) drawNext();
  };
  events.addEventListener('ready', () => { live = true; });
  document.getElementById('clear').addEventListener('click', clear);
  onLanguage(() => rows.forEach((row) => row.write()));
}

function clear() {
  const last = rows.at(-1)?.arrow.id;
  if (last) sessionStorage.setItem(clearedKey, last);
  rows.length = 0;
  exchanges.clear();
  list.replaceChildren();
  empty.hidden = false;
}

// An arrow takes its time, so that the eye can follow; the requests themselves
// have long happened. Those of the past are there at once.
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
  rows.push(row);
  empty.hidden = true;
  row.element.classList.toggle('new', slow);
  list.append(row.element);
  exchange.request?.write();
  row.write();
  flow.scrollTo({ top: flow.scrollHeight, behavior: slow ? 'smooth' : 'auto' });
  if (arrow.reply || arrow.from === arrow.to) {
    exchange.over = true;
    drawn.get(arrow.exchange)?.();
    drawn.delete(arrow.exchange);
  }
}

let numbered = 0;

class Row {
  constructor(arrow, exchange) {
    this.arrow = arrow;
    this.exchange = exchange;
    this.label = make('span', 'label');
    this.detail = make('div', 'detail');
    this.detail.id = `detail-${++numbered}`;
    this.detail.hidden = true;
    this.button = make('button', '', this.label, make('span', 'line'));
    this.button.type = 'button';
    this.button.setAttribute('aria-expanded', 'false');
    this.button.setAttribute('aria-controls', this.detail.id);
    this.button.addEventListener('click', () => this.toggle());
    this.element = make('li', `arrow ${this.kind()}`, this.button, this.detail);
    this.element.dataset.from = arrow.from;
    this.element.dataset.to = arrow.to;
    this.element.dataset.op = arrow.op;
  }

  kind() {
    const { from, to, reply, failed } = this.arrow;
    return [from === to ? 'note' : reply ? 'reply' : 'request', failed ? 'failed' : ''].join(' ');
  }

  toggle() {
    this.detail.hidden = !this.detail.hidden;
    this.button.setAttribute('aria-expanded', String(!this.detail.hidden));
    if (!this.detail.hidden) this.detail.scrollIntoView({ block: 'nearest', behavior: still() ? 'auto' : 'smooth' });
  }

  /** Writes all text, in the language of the moment. */
  write() {
    const { arrow } = this;
    const w = say();
    const lanes = { phone: w.lanePhone, server: w.laneServer, wechat: w.laneWechat };
    const way = arrow.from === arrow.to ? lanes[arrow.from] : `${lanes[arrow.from]} → ${lanes[arrow.to]}`;
    const chips = make('span', 'chips', ...(arrow.carries ?? []).map((name) => chip(name)));
    const whose = { 1: '', 2: w.second, '': simulated && arrow.from !== arrow.to ? w.other : '' }[arrow.device];
    if (whose) chips.prepend(make('span', 'device', whose));
    this.label.replaceChildren(
      make('span', 'unseen', `${way}: `),
      make('span', 'title', w.notes[arrow.op] ?? arrow.title), ' ',
      chips);
    this.detail.replaceChildren(make('p', 'way', way), make('p', 'why', w.why[arrow.op] ?? ''), ...this.messages());
  }

  /** The request and the reply, as far as there are any. */
  messages() {
    const { request, reply } = this.exchange;
    if (!request?.arrow.text) return [];
    const w = say();
    const inPhone = request.arrow.to === 'wechat' && request.arrow.from === 'phone';
    return [make('div', 'messages',
      message(inPhone ? w.asked : w.request, request.arrow.text, this === request),
      message(inPhone ? w.answered : w.reply, reply?.arrow.text ?? w.waiting, this === reply))];
  }
}

function message(name, text, current) {
  const pre = make('pre', '');
  for (const [i, part] of text.split(/████████|\[withheld\]/).entries()) {
    if (i > 0) pre.append(blackedOut());
    pre.append(part);
  }
  return make('div', current ? 'message current' : 'message', make('h4', '', name), pre);
}

function blackedOut() {
  const e = make('span', 'black');
  e.setAttribute('role', 'img');
  e.setAttribute('aria-label', say().black);
  e.title = say().black;
  return e;
}
