import { startDiagram } from './diagram.js';
import { startHolds } from './holds.js';
import { startPhone } from './phone.js';
import { startLanguages, onLanguage, say } from './words.js';

startLanguages();
startHolds();
startDiagram();
if (document.body.dataset.simulated === 'true') {
  startPhone();
} else {
  onLanguage(() => { document.querySelector('[data-word=lead]').textContent = say().leadReal; });
  document.getElementById('snippet').textContent = `wx.login({ success: ({ code }) =>
  wx.request({
    url: '${location.origin}/login',
    method: 'POST', data: { code },
    success: ({ data }) =>
      wx.setStorageSync('token', data.token),
  }) })`;
}
