// The body of a function: which text stands out too little from what lies behind it.
const part = (v) => (v <= 10 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4);
const light = (c) => { const f = c.slice(0, 3).map(part);
  return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
const parts = (text) => (text.match(/[0-9.]+/g) || []).map(Number);
const seen = new Map();
const behind = (node) => { if (!node) return [255, 255, 255]; if (seen.has(node)) return seen.get(node);
  const c = parts(getComputedStyle(node).backgroundColor);
  seen.set(node, c.length === 3 || c[3] === 1 ? c.slice(0, 3) : behind(node.parentElement)); return seen.get(node); };
const poor = [];
for (const node of document.querySelectorAll("body *")) {
  const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
  const style = getComputedStyle(node);
  if (!own || node.closest("svg") || !node.offsetParent || style.clipPath !== "none") continue;
  const [a, b] = [light(parts(style.color)), light(behind(node))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) poor.push(node.tagName + " " + node.className + " " + ratio.toFixed(2));
}
return poor;
