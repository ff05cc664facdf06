// Draws one arrow of the diagram. A click on the arrow opens an explanation, the messages
// and the code below it.

import { code } from './code.js';
import { make, chip, still } from './elements.js';
import { say } from './words.js';

const simulated = document.body.dataset.simulated === 'true';

let numbered = 0;

export class Row {
  constructor(arrow, exchange) {
    this.arrow = arrow;
    this.exchange = exchange;
    this.id = `arrow-${++numbered}`;
    this.label = make('span', 'label');
    this.detail = make('div', 'detail');
    this.detail.id = this.id;
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

  /** Reports whether the arrow is between the mini program and WeChat on the same phone. */
  inPhone() {
    const { from, to } = this.arrow;
    return (from === 'phone' && to === 'wechat') || (from === 'wechat' && to === 'phone');
  }

  toggle() {
    this.detail.hidden = !this.detail.hidden;
    this.button.setAttribute('aria-expanded', String(!this.detail.hidden));
    if (!this.detail.hidden) this.detail.scrollIntoView({ block: 'nearest', behavior: still() ? 'auto' : 'smooth' });
  }

  /** Writes all text in the current language. */
  write() {
    const { arrow } = this;
    const w = say();
    const lanes = { phone: w.lanePhone, server: w.laneServer, wechat: this.inPhone() ? w.inPhone : w.laneWechat };
    const way = arrow.from === arrow.to ? lanes[arrow.from] : `${lanes[arrow.from]} → ${lanes[arrow.to]}`;
    const chips = make('span', 'chips', ...(arrow.carries ?? []).map((name) => chip(name)));
    const whose = { 1: '', 2: w.second, '': simulated && arrow.from !== arrow.to ? w.other : '' }[arrow.device];
    if (whose) chips.prepend(make('span', 'device', whose));
    this.label.replaceChildren(
      make('span', 'unseen', `${way}: `),
      make('span', 'title', ...breakable(w.notes[arrow.op] ?? arrow.title)), ' ',
      chips);
    this.detail.replaceChildren(make('p', 'way', way), make('p', 'why', w.why[arrow.op] ?? ''), ...this.tabs());
  }

  /** Makes the tabs and their panels. */
  tabs() {
    const panels = { code: this.code() };
    if (this.exchange.request?.arrow.text) panels.messages = this.messages();
    const names = Object.keys(panels).sort().reverse();
    if (!(this.tab in panels)) this.tab = names[0];
    const tabs = names.map((name) => {
      const tab = make('button', '', say()[name]);
      tab.type = 'button';
      tab.id = `${this.id}-${name}-tab`;
      tab.setAttribute('role', 'tab');
      tab.setAttribute('aria-controls', `${this.id}-${name}`);
      tab.addEventListener('click', () => select(name));
      tab.addEventListener('keydown', (e) => {
        const to = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
        const next = to && names[names.indexOf(name) + to];
        if (next) select(next).focus();
      });
      panels[name].id = `${this.id}-${name}`;
      panels[name].setAttribute('role', 'tabpanel');
      panels[name].setAttribute('aria-labelledby', tab.id);
      return tab;
    });
    const select = (name) => {
      this.tab = name;
      names.forEach((n, i) => {
        panels[n].hidden = n !== name;
        tabs[i].setAttribute('aria-selected', String(n === name));
        tabs[i].tabIndex = n === name ? 0 : -1;
      });
      return tabs[names.indexOf(name)];
    };
    select(this.tab);
    const bar = make('div', 'tabs', ...tabs);
    bar.setAttribute('role', 'tablist');
    bar.setAttribute('aria-label', this.arrow.op);
    return [bar, ...names.map((name) => panels[name])];
  }

  /** Makes a panel with the request and its response. */
  messages() {
    const { request, reply } = this.exchange;
    const w = say();
    return make('div', 'messages',
      message(this.inPhone() ? w.asked : w.request, request.arrow.text, this === request),
      message(this.inPhone() ? w.answered : w.reply, reply?.arrow.text ?? w.waiting, this === reply));
  }

  /** Makes a panel with the example's code that causes the arrow. */
  code() {
    const lines = code[this.arrow.op] ?? [];
    if (lines.length === 0) return make('p', 'why', say().noCode);
    return make('div', 'sources', ...lines.map(({ file, line, text }) =>
      make('div', 'message', make('h4', '', `${file}:${line}`), make('pre', '', text))));
  }
}

/** Allows a line break after each slash of a path. */
function breakable(text) {
  return text.split(/(?<=\/)/).flatMap((part) => [part, document.createElement('wbr')]);
}

function message(name, text, current) {
  const pre = make('pre', '');
  // The playground marks a removed value with blocks. The simulated WeChat marks it with [withheld].
  for (const [i, part] of text.split(/████████|\[withheld\]/).entries()) {
    if (i > 0) pre.append(redacted());
    pre.append(part);
  }
  return make('div', current ? 'message current' : 'message', make('h4', '', name), pre);
}

function redacted() {
  const e = make('span', 'black');
  e.setAttribute('role', 'img');
  e.setAttribute('aria-label', say().black);
  e.title = say().black;
  return e;
}
