// Selecting words in a document fills them into the form that is open, or into that for a missed signal.
const text = document.getElementById("text");

document.addEventListener("selectionchange", () => {
  const chosen = document.getSelection();
  if (!chosen.rangeCount || chosen.isCollapsed) return;
  const range = chosen.getRangeAt(0);
  if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return;
  const ahead = document.createRange();
  ahead.setStart(text, 0);
  ahead.setEnd(range.startContainer, range.startOffset);
  const form = (document.querySelector(".correct details[open] [data-quote]") ?? document.getElementById("quote")).form;
  form.querySelector("[data-quote]").value = range.toString().trim();
  form.elements.near.value = Array.from(ahead.toString()).length; // code points, as the service counts
});
