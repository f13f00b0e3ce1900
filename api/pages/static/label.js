// Keys for the page of a task. Everything it does, the plain form can do as well.
const form = document.getElementById("task");
const pane = document.getElementById("window");
const letters = Array.from(JSON.parse(pane.dataset.text)); // offsets count code points, not UTF-16 units
const origin = Number(pane.dataset.start);
const passage = [Number(pane.dataset.from), Number(pane.dataset.to)];
const rows = Array.from(form.querySelectorAll(".row"), (element) => ({
  element,
  label: element.dataset.label,
  on: element.querySelector("input[type=checkbox]"),
  start: element.querySelector("input[name^='start.']"),
  end: element.querySelector("input[name^='end.']"),
}));
let active = rows.findIndex((row) => row.on.checked);

const isSpace = (at) => at < 0 || at >= letters.length || /\s/u.test(letters[at]);
const begins = [], ends = [];
letters.forEach((_, at) => {
  if (!isSpace(at) && isSpace(at - 1)) begins.push(at);
  if (!isSpace(at) && isSpace(at + 1)) ends.push(at + 1);
});

function draw() {
  const parts = document.createDocumentFragment();
  let before = null, node = null;
  letters.forEach((letter, at) => {
    const classes = rows
      .filter((row) => row.on.checked && row.start.value - origin <= at && at < row.end.value - origin)
      .map((row) => row.label);
    if (classes.length) classes.unshift("spoken");
    if (passage[0] <= at && at < passage[1]) classes.unshift("passage");
    const name = classes.join(" ");
    if (name !== before) {
      node = document.createElement("span");
      node.className = name;
      parts.append(node);
      before = name;
    }
    node.append(letter);
  });
  pane.replaceChildren(parts);
  pane.normalize();
  rows.forEach((row, index) => row.element.classList.toggle("active", index === active && row.on.checked));
}

function toggle(index) {
  const row = rows[index];
  if (!row) return;
  const selected = selection();
  row.on.checked = selected ? true : !row.on.checked;
  if (selected) [row.start.value, row.end.value] = selected;
  active = row.on.checked ? index : rows.findIndex((other) => other.on.checked);
  draw();
}

function selection() {
  const chosen = document.getSelection();
  if (!chosen.rangeCount || chosen.isCollapsed) return null;
  const range = chosen.getRangeAt(0);
  if (!pane.contains(range.startContainer) || !pane.contains(range.endContainer)) return null;
  const ahead = document.createRange();
  ahead.setStart(pane, 0);
  ahead.setEnd(range.startContainer, range.startOffset);
  let from = Array.from(ahead.toString()).length;
  let to = from + Array.from(range.toString()).length;
  while (from < to && isSpace(from)) from += 1;
  while (from < to && isSpace(to - 1)) to -= 1;
  chosen.removeAllRanges();
  return from < to ? [origin + from, origin + to] : null;
}

function move(edge, step) {
  const row = rows[active];
  if (!row) return;
  const [start, end] = [row.start.value - origin, row.end.value - origin];
  const at = edge === "start" ? start : end;
  const stops = edge === "start" ? begins : ends;
  const next = step > 0 ? stops.find((stop) => stop > at) : stops.findLast((stop) => stop < at);
  if (next === undefined || (edge === "start" ? next >= end : next <= start)) return;
  row[edge].value = next + origin;
  draw();
}

function choose(step) {
  const chosen = rows.map((row, index) => (row.on.checked ? index : -1)).filter((index) => index >= 0);
  if (!chosen.length) return;
  const place = chosen.indexOf(active);
  active = chosen[(place + step + chosen.length) % chosen.length];
  draw();
}

function open(id, place) {
  const details = document.getElementById(id);
  if (!details) return;
  details.open = !details.open;
  if (details.open) document.getElementById(place).scrollIntoView({ block: "center" });
}

function press(action) {
  form.querySelector(`button[value=${action}]`)?.click();
}

const plain = {
  s: () => press("skip"),
  u: () => press("undo"),
  d: () => press("draft"),
  c: () => open("context", "here"),
  g: () => open("guideline", "guideline"),
  e: () => document.getElementById("equal")?.click(),
  ArrowUp: () => choose(-1),
  ArrowDown: () => choose(1),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=checkbox], [type=radio]), select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !event.key.startsWith("Arrow")) return;
  if (event.key === "Escape" && typing) event.target.blur();
  if (typing || form.dataset.letters?.includes(event.key)) return;
  if (event.key === "Enter" && !event.target.matches("button, a, summary")) press("submit");
  else if (/^[1-9]$/.test(event.key)) toggle(Number(event.key) - 1);
  else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    move(event.shiftKey ? "start" : "end", event.key === "ArrowRight" ? 1 : -1);
  } else if (plain[event.key]) plain[event.key]();
  else return;
  event.preventDefault();
});

form.addEventListener("input", draw);
form.addEventListener("change", (event) => {
  const index = rows.findIndex((row) => row.on === event.target);
  if (index >= 0 && event.target.checked) active = index;
  draw();
});

// Time counts only while the page is looked at.
let looked = 0, since = document.hidden ? null : performance.now();
document.addEventListener("visibilitychange", () => {
  if (document.hidden && since !== null) [looked, since] = [looked + performance.now() - since, null];
  else if (!document.hidden) since = performance.now();
});
let sent = false;
form.addEventListener("submit", (event) => {
  if (sent) return event.preventDefault(); // a second Enter must not answer the next task
  sent = true;
  const now = since === null ? 0 : performance.now() - since;
  if (form.elements.seconds) form.elements.seconds.value = ((looked + now) / 1000).toFixed(2);
});
window.addEventListener("pageshow", () => (sent = false));

function reveal() {
  const first = pane.querySelector(".passage");
  if (first) pane.scrollTop = first.offsetTop - pane.clientHeight / 3;
}

const guideline = document.getElementById("guideline");
if (guideline && innerWidth < 960) guideline.open = false;
draw();
reveal();
