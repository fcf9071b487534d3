/* eslint-env browser */
/**
 * Returns the faults of the page's layout as a list of sentences. This runs in the page. Text inside a box that scrolls may be wider than
 * the page, if the box itself is not wider and is reachable by keyboard.
 */
(() => {
  const wrong = [];
  const wide = document.documentElement.clientWidth;
  const short = (text) => JSON.stringify(text.trim().replace(/\s+/g, ' ').slice(0, 60));
  // For hidden elements inside a picture, only the size shows that they are hidden.
  const isVisible = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width + height > 0 && element.checkVisibility({ visibilityProperty: true });
  };
  const isInside = (box) => box.left >= -0.5 && box.right <= wide + 0.5;

  if (document.documentElement.scrollWidth > wide) {
    wrong.push(`the page is ${document.documentElement.scrollWidth} px wide in a window of ${wide} px`);
  }

  for (const box of document.querySelectorAll('.scroll')) {
    if (isVisible(box) && (!isInside(box.getBoundingClientRect()) || box.tabIndex !== 0)) {
      wrong.push(`a box that scrolls is wider than the page, or out of reach: ${short(box.textContent)}`);
    }
  }

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    const { currentNode: text } = texts;
    const parent = text.parentElement;
    if (text.data.trim() === '' || !isVisible(parent) || parent.closest('.scroll, title, desc')) {
      continue;
    }
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      if (!isInside(box)) {
        wrong.push(`text reaches from ${box.left.toFixed(0)} to ${box.right.toFixed(0)} px in a window of ${wide} px: ${short(text.data)}`);
        break;
      }
    }
  }

  for (const chart of document.querySelectorAll('figure.chart svg[role=img]')) {
    const name = chart.getAttribute('aria-labelledby');
    const box = chart.getBoundingClientRect();
    if (!isVisible(chart) || box.width < 200 || box.height < 50) {
      wrong.push(`the chart ${name} is ${box.width} by ${box.height} px`);
    }
    const labels = [...chart.querySelectorAll('text')]
      .filter(isVisible)
      .map((label) => ({ text: label.textContent, box: label.getBoundingClientRect() }));
    if (labels.length < 3) {
      wrong.push(`${name}: it has ${labels.length} labels`);
    }
    for (const [n, one] of labels.entries()) {
      if (one.box.top < box.top - 2 || one.box.bottom > box.bottom + 2) {
        wrong.push(`${name}: the label ${short(one.text)} lies outside of its chart`);
      }
      for (const other of labels.slice(n + 1)) {
        const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        // Line boxes may touch, but letters must not.
        if (across > 1 && down > 4) {
          wrong.push(`${name}: the labels ${short(one.text)} and ${short(other.text)} overlap`);
        }
      }
    }
    const drawn = [...chart.querySelectorAll('rect, path, line, use')].filter(isVisible);
    if (drawn.length < 3) {
      wrong.push(`${name}: nothing is drawn`);
    }
  }
  return wrong;
})();
