// Keys for the page of disputes, on top of those of a task. Everything they do, the plain form can do as well.
import "./label.js";

const form = document.getElementById("task");
const own = form.querySelector("input[value=own]");
const reasons = Array.from(form.querySelectorAll("input[name=reason]"));

function nextReason() {
  const at = reasons.findIndex((reason) => reason.checked);
  reasons[(at + 1) % reasons.length].checked = true;
}

function wholeDocument() {
  const context = document.getElementById("context");
  context.open = !context.open;
  if (context.open) document.getElementById("here").scrollIntoView({ block: "center" });
}

function nextDispute() {
  const links = Array.from(document.querySelectorAll("#waiting a"));
  const at = links.findIndex((link) => link.hasAttribute("aria-current"));
  links[(at + 1) % links.length]?.click();
}

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input:not([type=checkbox], [type=radio]), select, textarea")) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const answer = form.querySelector(`input[data-key="${CSS.escape(event.key)}"]`);
  if (/^[1-9]$/.test(event.key) || /^Arrow(Left|Right)$/.test(event.key)) own.checked = true;
  else if (event.key === "r") nextReason();
  else if (event.key === "n") nextDispute();
  else if (event.key === "w") wholeDocument();
  else if (answer) answer.checked = true;
});

for (const window of form.querySelectorAll(".answer:not(.own) .window")) {
  const passage = window.querySelector(".passage");
  if (passage) window.scrollTop = passage.offsetTop - window.clientHeight / 4;
}

form.addEventListener("input", (event) => {
  if (event.target.closest(".row")) own.checked = true; // who changes a label gives an answer of their own
});
