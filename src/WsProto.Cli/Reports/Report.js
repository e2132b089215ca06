const boxes = [...document.querySelectorAll('#filter input')];
const filter = () => {
  const shown = new Set(boxes.filter(box => box.checked).map(box => box.value));
  for (const one of document.querySelectorAll('details')) one.hidden = !shown.has(one.dataset.verdict);
  for (const section of document.querySelectorAll('section:has(details)')) section.hidden = !section.querySelector('details:not([hidden])');
};
for (const box of boxes) box.addEventListener('change', filter);
const open = () => {
  const one = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (one instanceof HTMLDetailsElement) { one.open = true; one.scrollIntoView(); }
};
addEventListener('hashchange', open);
for (const one of document.querySelectorAll('details')) one.addEventListener('toggle', () => { if (one.open) history.replaceState(null, '', '#' + one.id); });
open();
